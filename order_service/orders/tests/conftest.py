from uuid import UUID

import pytest

from order_service.conftest import MakeProduct
from order_service.tests.placing import place


@pytest.fixture
def pending(product: MakeProduct) -> UUID:
    """An order of 4 of 10 mugs."""
    product("MUG", stock=10)
    return place({"MUG": 4}).id
