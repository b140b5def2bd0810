from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "mesh.rpc.idempotency"
    label = "idempotency"
