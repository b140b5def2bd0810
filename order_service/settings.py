"""Django settings of the order service."""

from mesh.core import config
from mesh.runtime.settings import APPS, account_pages_url, service

globals().update(service("order_service"))

INSTALLED_APPS = [*APPS, "order_service.catalog", "order_service.orders"]
ACCOUNT_PAGES_URL = account_pages_url()
MAIL_UNVERIFIED_PER_HOUR = config.integer(
    "ORDER_MAILS_PER_HOUR",
    1000 if config.market_env() == "development" else 100,
    about="Mails about orders that an address gets each hour which nobody verified; further ones"
    " are dropped. By default 100, in development 1000.",
)
MARKET_CURRENCY = config.currency("MARKET_CURRENCY", "EUR", about="All prices are in this one.")
ORDER_UNKNOWN_LIMIT_S = config.integer(
    "ORDER_UNKNOWN_LIMIT_S",
    15 * 60,
    least=1,
    about="How long a charge may go without an outcome before its order is given up.",
)
