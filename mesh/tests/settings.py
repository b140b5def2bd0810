"""Django settings of the kit's own tests; the environment comes from `tests/support/engines.py`."""

from mesh.admin.settings import TEMPLATES as TEMPLATES  # noqa: PLC0414  # a setting
from mesh.admin.settings import admin
from mesh.core import config
from mesh.runtime.settings import APPS, databases, mail, redis_url

SERVICE = "toy"
SECRET_KEY = config.secret("TOY_SECRET_KEY")
MESH_SECRET = config.secret("MESH_SECRET")
MESH_CERTIFICATES = None
INSTALLED_APPS = [*APPS, "mesh.tests.toy"]
DATABASES = databases("TEST_DATABASE_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
REDIS_URL = redis_url()

WIRING = "mesh.tests.toy.wiring.SERVICE"
globals().update(mail())
globals().update(admin(SERVICE))
GRPC_THREADS = 4
