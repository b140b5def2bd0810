from mesh import env
from mesh.settings import APPS, market_env, service

globals().update(service("payment_service"))

INSTALLED_APPS = [*APPS, "payment_service.payments"]

# The payment provider. In production the sandbox, where no money moves, is used only
# when it is asked for by name.
PROVIDERS = {"sandbox": "payment_service.payments.providers.sandbox.Sandbox"}
PAYMENT_PROVIDER = PROVIDERS[
    env.choice(
        "PAYMENT_PROVIDER",
        *PROVIDERS,
        default="sandbox" if market_env() == "development" else None,
    )
]
