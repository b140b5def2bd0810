from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "mesh.rpc.idempotency"
    label = "idempotency"
    housekeeping = ("mesh.rpc.idempotency.once.prune",)
