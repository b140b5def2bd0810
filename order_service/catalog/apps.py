from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "order_service.catalog"
    label = "catalog"
