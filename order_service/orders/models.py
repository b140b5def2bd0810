from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesh.core.ids import uuid7
from order_service.catalog.models import Product

# What one order may cost at most: what a bigint holds with room to spare.
MAX_TOTAL_MINOR = 10**15


class Order(models.Model):
    """What a user ordered. `version` grows with every change."""

    class State(models.TextChoices):
        PENDING = "PENDING"
        CONFIRMED = "CONFIRMED"
        CANCELLING = "CANCELLING"
        CANCELLED = "CANCELLED"
        REFUNDED = "REFUNDED"
        FULFILLED = "FULFILLED"

    class CancelReason(models.TextChoices):
        PAYMENT_DECLINED = "PAYMENT_DECLINED"
        REQUESTED = "REQUESTED"
        UNDELIVERABLE = "UNDELIVERABLE"
        PAYMENT_UNKNOWN = "PAYMENT_UNKNOWN"
        REFUNDED = "REFUNDED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(help_text="In the smallest unit of the currency.")
    refunded_minor = models.BigIntegerField(
        db_default=0, default=0, help_text="What was paid back so far; it never falls."
    )
    payment_method = models.CharField(
        max_length=128,
        blank=True,
        help_text="The provider's token, forgotten when it is not to be charged any more.",
    )
    payment_id = models.UUIDField(null=True, unique=True)
    cancel_reason = models.CharField(max_length=32, choices=CancelReason.choices, blank=True)
    version = models.PositiveIntegerField(default=1)
    create_time = models.DateTimeField(db_default=Now())
    update_time = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index("user_id", "id", name="orders_order_by_user"),
            models.Index("state", "id", name="orders_order_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "PENDING",
                        "CONFIRMED",
                        "CANCELLING",
                        "CANCELLED",
                        "REFUNDED",
                        "FULFILLED",
                    ]
                ),
                name="orders_order_state",
            ),
            models.CheckConstraint(
                condition=Q(total_minor__gt=0, total_minor__lte=MAX_TOTAL_MINOR),
                name="orders_order_total",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "CANCELLED"], refunded_minor=0)
                | Q(state="CONFIRMED", refunded_minor__gte=0, refunded_minor__lt=F("total_minor"))
                | Q(
                    state__in=["CANCELLING", "FULFILLED"],
                    refunded_minor__gte=0,
                    refunded_minor__lte=F("total_minor"),
                )
                | Q(state="REFUNDED", refunded_minor=F("total_minor")),
                name="orders_order_refunded",
            ),
            models.CheckConstraint(
                condition=Q(state="CANCELLING")
                | Q(state__in=["CONFIRMED", "REFUNDED", "FULFILLED"], payment_id__isnull=False)
                | Q(state__in=["PENDING", "CANCELLED"], payment_id__isnull=True),
                name="orders_order_confirmed_when_paid",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["CANCELLING", "CANCELLED", "REFUNDED"]) & ~Q(cancel_reason="")
                )
                | Q(state__in=["PENDING", "CONFIRMED", "FULFILLED"], cancel_reason=""),
                name="orders_order_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(state="PENDING") & ~Q(payment_method=""))
                | (~Q(state="PENDING") & Q(payment_method="")),
                name="orders_order_payment_method_forgotten",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"


class OrderItem(models.Model):
    """One line of an order, with the product's title and price of that moment."""

    pk = models.CompositePrimaryKey("order", "position")
    order = models.ForeignKey(Order, models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    # Keeps a product from being deleted while its stock may have to come back.
    product = models.ForeignKey(Product, models.PROTECT, db_column="sku", db_index=False)
    title = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField(help_text="In the currency of the order.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="orders_orderitem_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_orderitem_quantity"),
            models.CheckConstraint(
                condition=Q(unit_price_minor__gt=0), name="orders_orderitem_unit_price"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class OrderEvent(models.Model):
    """An order came to a state, or was refunded and stays in it; rows are only ever added.

    Written with the change itself. `seq` is the version that the order has from then on.
    """

    pk = models.CompositePrimaryKey("order", "seq")
    order = models.ForeignKey(Order, models.CASCADE, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=Order.State.choices)
    cancel_reason = models.CharField(max_length=32, choices=Order.CancelReason.choices, blank=True)
    refunded_minor = models.BigIntegerField(
        db_default=0, default=0, help_text="What was paid back of the order until then."
    )
    create_time = models.DateTimeField()

    class Meta:
        ordering = ["order", "seq"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.seq}: {self.state}"
