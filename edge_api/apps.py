"""The edge as a Django app, which registers a check of the settings."""

from django.apps import AppConfig
from django.core import checks

from edge_api.gateway.unused_settings import check


class EdgeConfig(AppConfig):
    name = "edge_api"

    def ready(self) -> None:
        checks.register(check)
