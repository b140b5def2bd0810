"""`make service`: what it writes outside a service's folder, and what it refuses.

docs/tutorial.md makes a service with it, runs and removes it: `tests/pages/test_tutorial.py`.
"""

import pytest

from dev.config import DATABASES, ROOT
from tools.new_service.__main__ import PLACES, Refused, add, lines_of, remove
from tools.new_service.blocks import copied, without
from tools.new_service.names import TEMPLATE, Names, renamed

ITEMS = Names("inventory", "item")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_added_to_a_file_is_removed_without_a_trace(place: str) -> None:
    before = (ROOT / place).read_text()
    after = copied(before, "payment", lambda block: lines_of(block, ITEMS))
    assert "inventory" in after
    assert without(after, "inventory") == before


def test_the_pages_of_a_new_service_get_the_next_port() -> None:
    line = 'ports: ["127.0.0.1:${PAYMENT_ADMIN_PORT:-8003}:8000"]\n'
    assert lines_of(line, ITEMS) == line.replace("PAYMENT", "INVENTORY").replace(
        "8003", str(8001 + len(DATABASES))
    )


def test_what_only_payments_have_is_not_copied() -> None:
    assert lines_of("PAYMENT_PROVIDER: sandbox\nPAYMENT_PORT: 1\n", ITEMS) == "INVENTORY_PORT: 1\n"


@pytest.mark.parametrize(
    ("resource", "resources"),
    [("item", "items"), ("entry", "entries"), ("tray", "trays"), ("box", "boxes")],
)
def test_resources_are_named_in_the_plural(resource: str, resources: str) -> None:
    assert Names("inventory", resource).resources == resources


def test_names_are_renamed_in_all_their_forms() -> None:
    text = "CreateGadget adds a gadget: sample.write, GADGET_NOT_FOUND, gadgets, SampleService"
    assert renamed(text, TEMPLATE, ITEMS) == (
        "CreateItem adds an item: inventory.write, ITEM_NOT_FOUND, items, InventoryService"
    )


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (Names("Inventory", "item"), "one English word"),
        (Names("class", "item"), "one English word"),
        (Names("order", "item"), "something else called 'order'"),
        (Names("catalog", "item"), "something else called 'catalog'"),
        (Names("redis", "item"), "something else called 'redis'"),
        (Names("inventory", "inventory"), "different words"),
        (Names("inventory", "payment"), "another service has payments"),
    ],
)
def test_a_name_that_is_taken_or_no_name_is_refused(names: Names, why: str) -> None:
    with pytest.raises(Refused, match=why):
        add(names)


@pytest.mark.parametrize(("service", "why"), [("nothing", "no service"), ("payment", "model")])
def test_only_a_service_that_was_added_is_removed(service: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        remove(service)
