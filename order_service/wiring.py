"""What the order service serves, which steps it runs, and whom it calls."""

from mesh.mail.actions import SEND_MAIL
from mesh.mail.step import send_mail
from mesh.runtime.definition import ServiceDefinition
from order_service.catalog.rpc import CatalogService, get_products
from order_service.orders import emails
from order_service.orders.actions import enqueue_missing, give_up_unknown
from order_service.orders.clients import recipient_of
from order_service.orders.rpc import OrderService, create_orders, get_orders, list_orders
from order_service.orders.step_kinds import CHARGE_ORDER, VOID_ORDER
from order_service.orders.steps import charge_order, void_order
from order_service.orders.watching import WATCH_ORDER
from order_service.personal_data.rpc import PersonalDataService

SERVICE = ServiceDefinition(
    serves={
        "market.catalog.v1.CatalogService": CatalogService,
        "market.order.v1.OrderService": OrderService,
        "market.order.v1.PersonalDataService": PersonalDataService,
    },
    reads={
        "market.catalog.v1.CatalogService/GetProduct": get_products,
        "market.order.v1.OrderService/GetOrder": get_orders,
        "market.order.v1.OrderService/ListOrders": list_orders,
    },
    writes={"market.order.v1.OrderService/CreateOrder": create_orders},
    watches={"market.order.v1.OrderService/WatchOrder": WATCH_ORDER},
    calls=frozenset({"user_service", "payment_service"}),
    steps={
        CHARGE_ORDER: charge_order,
        VOID_ORDER: void_order,
        SEND_MAIL: send_mail,
    },
    periodic=(give_up_unknown, enqueue_missing),
    recipient=recipient_of,
    mail_context=emails.context_of,
)
