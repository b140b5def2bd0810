from mesh import env
from mesh.env import market_env
from mesh.settings import APPS, service

globals().update(service("payment_service"))

INSTALLED_APPS = [*APPS, "payment_service.payments"]

PROVIDERS = {
    "sandbox": "payment_service.payments.providers.sandbox.Sandbox",
    "stripe": "payment_service.payments.providers.stripe.Stripe",
}
chosen = env.choice(
    "PAYMENT_PROVIDER",
    *PROVIDERS,
    default="sandbox" if market_env() == "development" else None,
    about="Who moves money; in the sandbox none moves, so production takes it only by name.",
)
PAYMENT_PROVIDER = PROVIDERS[chosen]

if_unset = None if chosen == "stripe" else ""
STRIPE_API_KEY = env.text(
    "STRIPE_API_KEY", if_unset, about="Needed with PAYMENT_PROVIDER=stripe.", kind="secret"
)
STRIPE_API_BASE = env.url(
    "STRIPE_API_BASE",
    "https",
    "http",
    default="https://api.stripe.com",
    about="Where Stripe, or a stand-in for tests, is.",
)
STRIPE_WEBHOOK_SECRET = env.text(
    "STRIPE_WEBHOOK_SECRET", if_unset, about="Needed with PAYMENT_PROVIDER=stripe.", kind="secret"
)

SANDBOX_DELAY_MS = env.integer(
    "SANDBOX_DELAY_MS", 0, most=60_000, about="Added to each answer of the sandbox."
)
