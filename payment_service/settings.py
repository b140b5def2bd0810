from mesh.core import config
from mesh.core.config import market_env
from mesh.runtime.settings import APPS, service

globals().update(service("payment_service"))

INSTALLED_APPS = [*APPS, "payment_service.payments"]

PROVIDERS = {
    "sandbox": "payment_service.payments.providers.sandbox.Sandbox",
    "stripe": "payment_service.payments.providers.stripe.Stripe",
}
chosen = config.choice(
    "PAYMENT_PROVIDER",
    *PROVIDERS,
    default="sandbox" if market_env() == "development" else None,
    about="Who moves money. In the sandbox none moves: the default in development, and taken in"
    " production only by name.",
)
PAYMENT_PROVIDER = PROVIDERS[chosen]

if_unset = None if chosen == "stripe" else ""
STRIPE_API_KEY = config.text(
    "STRIPE_API_KEY", if_unset, about="Needed with PAYMENT_PROVIDER=stripe.", kind="secret"
)
STRIPE_API_BASE = config.url(
    "STRIPE_API_BASE",
    "https",
    "http",
    default="https://api.stripe.com",
    about="Where Stripe, or a stand-in for tests, is.",
)
STRIPE_WEBHOOK_SECRET = config.text(
    "STRIPE_WEBHOOK_SECRET", if_unset, about="Needed with PAYMENT_PROVIDER=stripe.", kind="secret"
)

SANDBOX_DELAY_MS = config.integer(
    "SANDBOX_DELAY_MS", 0, most=60_000, about="Added to each answer of the sandbox."
)
