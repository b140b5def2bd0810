"""The answers of the mesh's API, as Django REST framework's serializers give them."""

from typing import Any

from rest_framework import serializers

from order_service.catalog.models import Product
from order_service.orders.models import Order, OrderItem
from user_service.accounts.models import User

CURRENCY = "EUR"


class MoneyField(serializers.Field):  # type: ignore[type-arg]  # of the stubs alone
    """An amount in euro cents, as `google.type.Money` has it in JSON."""

    def to_representation(self, value: int) -> dict[str, Any]:
        units, cents = divmod(value, 100)
        return {"currency_code": CURRENCY, "units": str(units), "nanos": cents * 10_000_000}


class EnumField(serializers.Field):  # type: ignore[type-arg]  # of the stubs alone
    def __init__(self, prefix: str, **options: Any) -> None:
        super().__init__(**options)
        self._prefix = prefix

    def to_representation(self, value: str) -> str:
        return f"{self._prefix}_{value or 'UNSPECIFIED'}"


class BlankField(serializers.CharField):
    """Text that is empty where there is none."""

    def get_attribute(self, instance: Any) -> Any:
        value = super().get_attribute(instance)
        return "" if value is None else value


class UserSerializer(serializers.ModelSerializer[User]):
    etag = serializers.CharField(source="version")
    pending_email = BlankField()

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "email",
            "full_name",
            "is_staff",
            "create_time",
            "update_time",
            "etag",
            "email_verified",
            "pending_email",
            "locale",
        ]


class ProductSerializer(serializers.ModelSerializer[Product]):
    price = MoneyField(source="price_minor")
    etag = serializers.CharField(source="version")

    class Meta:
        model = Product
        fields = [
            "sku",
            "title",
            "description",
            "price",
            "stock",
            "create_time",
            "update_time",
            "etag",
        ]


class OrderItemSerializer(serializers.ModelSerializer[OrderItem]):
    sku = serializers.CharField(source="product_id")
    unit_price = MoneyField(source="unit_price_minor")

    class Meta:
        model = OrderItem
        fields = ["sku", "title", "quantity", "unit_price"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    state = EnumField("ORDER_STATE")
    items = OrderItemSerializer(many=True)
    total = MoneyField(source="total_minor")
    refunded_amount = MoneyField(source="refunded_minor")
    payment_id = BlankField()
    cancel_reason = EnumField("CANCEL_REASON")
    etag = serializers.CharField(source="version")

    class Meta:
        model = Order
        fields = [
            "id",
            "user_id",
            "state",
            "items",
            "total",
            "payment_id",
            "cancel_reason",
            "create_time",
            "update_time",
            "etag",
            "refunded_amount",
        ]


class LineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=1000)


class NewOrderSerializer(serializers.Serializer[Any]):
    items = LineSerializer(many=True, allow_empty=False, max_length=50)  # type: ignore[call-arg]  # taken with `many`
    payment_method = serializers.CharField(max_length=128)
