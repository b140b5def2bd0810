"""Every service's models in one project, for the type checker only; nothing runs on it."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "mesh.outbox",
    "mesh.idempotency",
    "mesh.mail",
    "mesh.tests.toy",
    "user_service.accounts",
    "user_service.sessions",
    "order_service.catalog",
    "order_service.orders",
    "payment_service.payments",
]
SECRET_KEY = "none: this project is never started"  # noqa: S105  # says so itself
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# The kit's own settings, so that their types are known.
SERVICE = ""
MESH_SECRET = ""
LOG_LEVEL = ""
GRPC_BIND = ""
GRPC_PROCESSES = 1
GRPC_THREADS = 4
REDIS_URL = ""
OUTBOX_STEPS = ""
MAIL_RECIPIENT = ""
MAIL_DOMAIN = ""
MARKET_ENV = ""
MARKET_CURRENCY = ""
ARGON2_TIME_COST = 0
ARGON2_MEMORY_KIB = 0
PAYMENT_PROVIDER = ""
