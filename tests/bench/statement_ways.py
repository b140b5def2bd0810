"""What `statements` measures, by the ORM and by a statement of the service's own."""

import time
from collections.abc import Callable
from itertools import starmap
from uuid import UUID, uuid4

from market.order.v1 import order_pb2
from mesh.context import Call as Serving
from mesh.context import serving
from mesh.core.ids import uuid7
from mesh.rpc.idempotency.once import once
from order_service.catalog import convert as catalog_convert
from order_service.catalog import queries as catalog
from order_service.catalog.models import Product
from order_service.orders import convert, queries
from order_service.orders.models import Order
from order_service.orders.rows import Listing
from order_service.tests import by_orm
from order_service.tests.placing import new_claim, placed

LINES = 5
Call = Callable[[], object]


def ways() -> dict[str, tuple[Call, Call]]:
    """Writes what is read, and returns both ways of each."""
    million, user_id = 1_000_000, uuid7()
    skus = [f"SKU-{number}" for number in range(40)]
    Product.objects.bulk_create(
        Product(
            sku=sku,
            title=f"The {sku}",
            price_minor=7,
            currency="EUR",
            stock=million,
            supplied=million,
        )
        for sku in skus
    )
    lines = dict.fromkeys(skus[:LINES], 1)
    order_id = UUID(placed(new_claim(), lines, user_id).order.id)
    for _ in range(50):
        placed(new_claim(), lines, user_id)

    def place_by_orm() -> object:
        def place() -> order_pb2.CreateOrderResponse:
            order = by_orm.place(user_id=user_id, quantities=lines, payment_method="pm_ok")
            return order_pb2.CreateOrderResponse(order=convert.to_wire(order))

        method = "/market.order.v1.OrderService/CreateOrder"
        with serving(Serving(method=method, request_id="", deadline=time.monotonic() + 10)):
            return once(order_pb2.CreateOrderRequest(request_id=str(uuid4())), place)

    def orders_by_orm() -> object:
        rows = Order.objects.filter(user_id=user_id).prefetch_related("items").order_by("-id")[:21]
        return list(map(convert.to_wire, rows))[:20]

    def orders_by_statement() -> object:
        (page,) = queries.orders_pages([Listing(str(user_id), size=20)])
        assert not isinstance(page, Exception)
        return order_pb2.ListOrdersResponse(orders=starmap(convert.fields, page[0]))

    def order_by_orm() -> object:
        order = Order.objects.prefetch_related("items").get(id=order_id, user_id=user_id)
        return convert.to_wire(order)

    def order_by_statement() -> object:
        (found,) = queries.orders_seen_by([(order_id, str(user_id))])
        return found and order_pb2.Order(**convert.fields(*found))

    return {
        "place an order": (place_by_orm, lambda: placed(new_claim(), lines, user_id)),
        "get an order": (order_by_orm, order_by_statement),
        "list 20 orders": (orders_by_orm, orders_by_statement),
        "get a product": (
            lambda: catalog_convert.to_wire(Product.objects.get(sku=skus[0])),
            lambda: catalog_convert.to_wire(catalog.products(skus=skus[:1])[skus[0]]),
        ),
        "list 20 products": (
            lambda: list(map(catalog_convert.to_wire, Product.objects.order_by("sku")[:20])),
            lambda: list(map(catalog_convert.to_wire, catalog.products_page(size=20, token="")[0])),
        ),
    }
