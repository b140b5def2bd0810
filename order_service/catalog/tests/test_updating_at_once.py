"""Updates of one product at the same moment, on real threads."""

from functools import partial

import pytest

from mesh.contract.updates import EtagMismatch
from order_service.catalog.actions import update_product
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.tests.placing import place
from order_service.tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def test_of_updates_from_the_same_version_one_is_made(product: MakeProduct) -> None:
    product("MUG")
    updates = [
        partial(update_product, sku="MUG", etag="1", title=f"Mug {n}") for n in range(WRITERS)
    ]
    answers = at_once(updates)
    (made,) = [answer for answer in answers if isinstance(answer, Product)]
    assert sum(isinstance(answer, EtagMismatch) for answer in answers) == WRITERS - 1
    assert (Product.objects.get().title, Product.objects.get().version) == (made.title, 2)


def test_updates_of_the_title_and_orders_do_not_undo_one_another(product: MakeProduct) -> None:
    product("MUG", stock=100)
    titles = [partial(update_product, sku="MUG", title=f"Mug {n}") for n in range(WRITERS)]
    orders = [partial(place, {"MUG": 1})] * WRITERS
    at_once([*titles, *orders])
    changed = Product.objects.get()
    assert (changed.stock, changed.supplied) == (100 - WRITERS, 100)
    assert changed.version == 1 + 2 * WRITERS
