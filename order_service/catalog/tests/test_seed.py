import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from order_service.catalog.demo import PRODUCTS
from order_service.catalog.models import Product

pytestmark = pytest.mark.django_db


def test_seeding_twice_adds_the_demo_catalog_once_and_overwrites_nothing() -> None:
    call_command("seed")
    Product.objects.filter(sku="MUG-BLUE").update(stock=7)
    call_command("seed")
    assert Product.objects.count() == len(PRODUCTS)
    assert Product.objects.get(sku="MUG-BLUE").stock == 7


def test_production_is_not_seeded(settings: Settings) -> None:
    settings.MARKET_ENV = "production"
    with pytest.raises(CommandError, match="development"):
        call_command("seed")
    assert not Product.objects.exists()
