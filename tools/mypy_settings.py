"""Every service's models in one project, for the type checker only; nothing runs on it."""

from dev.config import ROOT
from mesh.auth.tls import Certificates
from mesh.runtime.settings import APPS

INSTALLED_APPS = [
    *APPS,
    "mesh.tests.toy",
    *(".".join(app.parts[-3:-1]) for app in sorted(ROOT.glob("*_service/*/migrations"))),
]
SECRET_KEY = "none: this project is never started"  # noqa: S105  # says so itself
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
AUTH_USER_MODEL = "mesh_admin.Staff"
STATIC_URL = "/static/"

# The kit's own settings, so that their types are known.
SERVICE = ""
MESH_SECRET = ""
MESH_CERTIFICATES: Certificates | None = None
LOG_LEVEL = ""
GRPC_BIND = ""
GRPC_PROCESSES = 1
GRPC_THREADS = 4
REDIS_URL = ""
ADMIN_BIND = ""
ADMIN_SITES: dict[str, str] = {}
WIRING = ""
MAIL_DOMAIN = ""
MAIL_UNVERIFIED_PER_HOUR = 0
MARKET_ENV = ""
MARKET_CURRENCY = ""
ORDER_UNKNOWN_LIMIT_S = 0
ACCOUNT_PAGES_URL = ""
LOGIN_FREE_PER_ADDRESS = 0
ARGON2_TIME_COST = 0
ARGON2_MEMORY_KIB = 0
PAYMENT_PROVIDER = ""
SANDBOX_DELAY_MS = 0
STRIPE_API_KEY = ""
STRIPE_API_BASE = ""
STRIPE_WEBHOOK_SECRET = ""
