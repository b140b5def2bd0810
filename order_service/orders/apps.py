from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "order_service.orders"
    label = "orders"
    housekeeping = (
        "order_service.orders.actions.give_up_unknown",
        "order_service.orders.actions.owe_again",
    )
