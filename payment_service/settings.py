from mesh import env
from mesh.env import market_env
from mesh.settings import APPS, service

globals().update(service("payment_service"))

INSTALLED_APPS = [*APPS, "payment_service.payments"]

# The payment provider. In production the sandbox, where no money moves, is used only
# when it is asked for by name.
PROVIDERS = {
    "sandbox": "payment_service.payments.providers.sandbox.Sandbox",
    "stripe": "payment_service.payments.providers.stripe.Stripe",
}
chosen = env.choice(
    "PAYMENT_PROVIDER",
    *PROVIDERS,
    default="sandbox" if market_env() == "development" else None,
)
PAYMENT_PROVIDER = PROVIDERS[chosen]

if_unset = None if chosen == "stripe" else ""
STRIPE_API_KEY = env.text("STRIPE_API_KEY", if_unset)
STRIPE_API_BASE = env.url("STRIPE_API_BASE", "https", "http", default="https://api.stripe.com")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET", if_unset)

SANDBOX_DELAY_MS = env.integer("SANDBOX_DELAY_MS", 0, most=60_000)  # added to each answer
