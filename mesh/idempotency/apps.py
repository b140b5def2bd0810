from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "mesh.idempotency"
    label = "idempotency"
    housekeeping = ("mesh.idempotency.actions.prune",)
