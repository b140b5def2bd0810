"""What the order service serves, which steps it runs, and whom it calls."""

from mesh.mail.actions import SEND_MAIL
from mesh.mail.step import send_mail
from mesh.outbox.steps import Handler
from mesh.rpc.definition import Wiring
from order_service.catalog.rpc import CatalogService
from order_service.orders.rpc import OrderService
from order_service.orders.states import CHARGE_ORDER, VOID_ORDER
from order_service.orders.steps import charge_order, void_order
from order_service.orders.watching import WATCH_ORDER
from order_service.personal_data.rpc import PersonalDataService

WIRING = Wiring(
    serves={
        "market.catalog.v1.CatalogService": CatalogService,
        "market.order.v1.OrderService": OrderService,
        "market.order.v1.PersonalDataService": PersonalDataService,
    },
    watches={"market.order.v1.OrderService/WatchOrder": WATCH_ORDER},
    calls=frozenset({"user_service", "payment_service"}),
)
STEPS: dict[str, Handler] = {
    CHARGE_ORDER: charge_order,
    VOID_ORDER: void_order,
    SEND_MAIL: send_mail,
}
