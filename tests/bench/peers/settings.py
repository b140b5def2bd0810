"""Django's settings of every peer that is a Django project; its URLs and database vary."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ.get("PEER_DATABASE_URL", ""))

SECRET_KEY = "only for benchmarks"  # nothing here is signed for anybody
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = os.environ.get("PEER_URLS", "")
WSGI_APPLICATION = "tests.bench.peers.wsgi.application"
# What `startproject` writes: a project with pages for staff needs all of it.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "rest_framework",
    "mesh.mail",
    "mesh.outbox",
    "mesh.rpc.idempotency",
    "user_service.accounts",
    "order_service.catalog",
    "order_service.orders",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path[1:],
        "USER": _database.username or "",
        "PASSWORD": _database.password or "",
        "HOST": _database.hostname or "",
        "PORT": str(_database.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tests.bench.peers.authentication."
        + os.environ.get("PEER_AUTHENTICATION", "AccountByToken")
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
GRPC_FRAMEWORK = {"GRPC_ASYNC": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
