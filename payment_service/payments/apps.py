from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payment_service.payments"
    label = "payments"
    housekeeping = ("payment_service.payments.actions.prune_events",)
