from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "mesh.outbox"
    label = "outbox"
