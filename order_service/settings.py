"""Django settings of the order service."""

from mesh import env
from mesh.settings import APPS, service

globals().update(service("order_service"))

INSTALLED_APPS = [*APPS, "order_service.catalog", "order_service.orders"]
MAIL_RECIPIENT = "order_service.orders.clients.recipient_of"
# All prices are in this one.
MARKET_CURRENCY = env.currency("MARKET_CURRENCY", "EUR")
