from typing import Any

from django.contrib.admin import display, register
from django.db.models import Q
from django.http import HttpRequest

from mesh.admin.model_admin import Page
from mesh.contract.money import Amount
from order_service.catalog import actions
from order_service.catalog.forms import ProductForm
from order_service.catalog.models import Product

WRITE = "catalog.write"


@register(Product)
class ProductPage(Page):
    """Products are added and changed by form: none of its fields is a state that others hold.

    What was changed in the meantime, such as the stock by an order, is not overwritten.
    """

    scope = WRITE
    form = ProductForm
    list_display = ("sku", "title", "price", "stock", "update_time")
    fields = ("sku", "title", "description", "price", "stock", "etag")
    find_by = ("sku",)
    ordering = ("sku",)
    search_help_text = "A sku, or how it begins."

    def named(self, row: Product) -> str:
        return f"product {row.sku}"

    def holds(self, name: str, term: str) -> Q:
        """Finds what begins so: skus are in the order of their bytes."""
        return Q(sku__startswith=term) | Q(sku__startswith=term.upper())

    @display(description="price")
    def price(self, product: Product) -> str:
        return str(Amount(product.price_minor, product.currency))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, WRITE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, WRITE)

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        return ["sku"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Product, form: ProductForm, change: bool
    ) -> None:
        """Raises what the actions raise."""
        values = form.cleaned_data
        changed = {name: values[name] for name in form.changed_data if name != "etag"}
        if not change:
            actions.create_product(**{name: values[name] for name in values if name != "etag"})
        elif changed:
            actions.update_product(sku=obj.sku, etag=values["etag"], **changed)
