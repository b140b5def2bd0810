from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "mesh.outbox"
    label = "outbox"
    housekeeping = ("mesh.outbox.actions.prune",)
