from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Product(models.Model):
    """Something to order. `version` grows with every change, of the stock too."""

    # Bytewise order: pages by sku follow the index, whatever the database's language.
    sku = models.CharField(primary_key=True, max_length=64, db_collation="C")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    price_minor = models.BigIntegerField(help_text="In the smallest unit of the currency.")
    currency = models.CharField(max_length=3)
    stock = models.IntegerField(help_text="How many can be ordered now.")
    supplied = models.BigIntegerField(
        help_text="How many there were in all; less what orders hold or took, it is `stock`."
    )
    version = models.PositiveIntegerField(default=1)
    create_time = models.DateTimeField(db_default=Now())
    update_time = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="catalog_product_price"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="catalog_product_stock"),
            models.CheckConstraint(
                condition=Q(supplied__gte=F("stock")), name="catalog_product_supplied"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="catalog_product_title"),
        ]

    def __str__(self) -> str:
        return self.sku
