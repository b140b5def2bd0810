from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mesh.contract.money import Amount
from order_service.catalog.actions import create_product
from order_service.catalog.demo import PRODUCTS, DemoProduct
from order_service.catalog.errors import SkuTaken


class Command(BaseCommand):
    requires_system_checks = []  # it is run at every start, and they load the pages for staff
    help = "Adds the demo catalog, in development only. What is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MARKET_ENV == "production":
            raise CommandError("the demo catalog is for MARKET_ENV=development only")
        added = sum(map(_added, PRODUCTS))
        self.stdout.write(f"catalog: {added} products added")


def _added(product: DemoProduct) -> bool:
    try:
        create_product(
            sku=product.sku,
            title=product.title,
            description=product.description,
            price=Amount(product.price_minor, settings.MARKET_CURRENCY),
            stock=product.stock,
        )
    except SkuTaken:
        return False
    return True
