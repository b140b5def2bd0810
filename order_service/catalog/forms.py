from typing import Any

from django import forms
from django.conf import settings

from market.catalog.v1.catalog_pb2 import CreateProductRequest
from market.catalog.v1.catalog_pb2 import Product as Message
from mesh.contract.money import Amount, MoneyRefused, from_decimal, to_wire
from mesh.contract.validation import violations
from order_service.catalog.models import Product


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in stubs only
    """A product as staff writes it down; it is held against what the contract asks of one.

    `etag` says which version the form was made from.
    """

    price = forms.DecimalField(max_digits=15, decimal_places=3)
    stock = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    etag = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Product
        fields = ("sku", "title", "description")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        product = self.instance
        self.fields["price"].help_text = f"In {settings.MARKET_CURRENCY}."
        if not product._state.adding:  # noqa: SLF001  # documented in spite of its name
            self.initial["price"] = Amount(product.price_minor, product.currency).decimal
            self.initial["stock"] = product.stock
            self.initial["etag"] = str(product.version)
            self.fields["etag"].required = True

    def clean_price(self) -> Amount:
        try:
            return from_decimal(self.cleaned_data["price"], settings.MARKET_CURRENCY)
        except MoneyRefused as error:
            raise forms.ValidationError(error.detail) from error

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for found in violations(CreateProductRequest(product=self._message(values))):
                name = found.field.rpartition(".")[2]
                self.add_error(name if name in self.fields else None, found.description)
        return values

    def _message(self, values: dict[str, Any]) -> Message:
        return Message(
            sku=values.get("sku", self.instance.sku),
            title=values["title"],
            description=values["description"],
            price=to_wire(values["price"]),
            stock=values["stock"],
        )
