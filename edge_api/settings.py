"""Django's settings of the edge, which has no database and no middleware.

What every request needs is called in `app.py` and `gateway/view.py`.
Settings that would have no effect are refused at start: see `gateway/unused_settings.py`.
"""

from pathlib import Path
from typing import Any

import yaml

from mesh.contract.model import descriptor_set
from mesh.core import config
from mesh.core.config import market_env

SERVICE = "edge_api"


def info_beside(contract: str | Path) -> dict[str, Any]:
    """Returns the members of OpenAPI's `info` in api.yaml, beside the descriptor set; or none."""
    path = Path(contract).with_name("api.yaml")
    return dict(yaml.safe_load(path.read_text())) if path.exists() else {}


MARKET_ENV = market_env()
DEBUG = False
SECRET_KEY = config.text(
    "EDGE_SECRET_KEY", "", about="Not needed.", kind="secret"
)  # nothing here signs; Django's own checks want it
ALLOWED_HOSTS = ["*"]  # nothing is built from the Host header
LOG_LEVEL = config.log_level()

DATABASES: dict[str, object] = {}
INSTALLED_APPS = ["edge_api", "rest_framework", "drf_spectacular"]
MIDDLEWARE: list[str] = []
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/api/docs/static/"
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # `http/request_body.py` limits bodies while they are read
# `http/response_writer.py` sets the security headers, tokens are no cookies that another page
# could send along, nothing here signs, and the contract makes the schema.
SILENCED_SYSTEM_CHECKS = [
    *(f"security.{check}" for check in ("W001", "W002", "W003", "W009")),
    "drf_spectacular.E001",
]
USE_TZ = True
USE_I18N = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "ALLOWED_VERSIONS": ["1"],
    "DEFAULT_VERSION": "1",
    "EXCEPTION_HANDLER": "edge_api.gateway.exception_handler.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,
}
INFO = info_beside(config.text("EDGE_CONTRACT", "") or descriptor_set())
SPECTACULAR_SETTINGS = {
    "TITLE": INFO.pop("title", "API"),
    "DESCRIPTION": INFO.pop("description", ""),
    "VERSION": INFO.pop("version", "1.0.0"),
    "CONTACT": INFO.pop("contact", {}),
    "LICENSE": INFO.pop("license", {}),
    "SERVERS": [
        {
            "url": "/",
            "description": "The edge that serves this document, in production or local.",
            "x-internal": False,
        }
    ],
    "EXTENSIONS_INFO": INFO,
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [],  # the contract has names for enums
    "SERVE_INCLUDE_SCHEMA": False,
    # The services in the order of a customer's story, by titles for people.
    "TAGS": [
        {"name": "Catalog", "x-displayName": "Catalog"},
        {"name": "User", "x-displayName": "Accounts"},
        {"name": "Session", "x-displayName": "Signing in"},
        {"name": "Order", "x-displayName": "Orders"},
        {"name": "Payment", "x-displayName": "Payments"},
        {"name": "Credential", "x-displayName": "Passwords and addresses"},
        {"name": "Totp", "x-displayName": "Second factor"},
        {"name": "PersonalData", "x-displayName": "Personal data"},
    ],
}
