"""Refuses settings of Django and DRF that have no effect at the edge.

The handler runs no middleware and the one view decides by the contract, so a developer who
sets one of these would rely on a protection that does not exist.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

from mesh.checks.findings import Finding, failed

_ACCESS = "state who may call an RPC by the option `access` in its .proto"
_RATES = (
    "set the option `rate_class` in the .proto, and its rate by EDGE_RATE_READ, _WRITE or _LOGIN"
)
_FORMS = "what goes in and out is compiled from the contract in edge_api/codec"
_LISTS = "page and filter by fields of the request message, see mesh/contract/pagination.py"
_TLS = "set redirects to https and HSTS at the proxy before the edge"

# The name of a setting: what to do instead.
INSTEAD_OF_DJANGO = {
    "MIDDLEWARE": "what every request needs is called in EdgeHandler of edge_api/app.py",
    "ROOT_URLCONF": "add an RPC to a .proto, or a page of the edge's own to edge_api/app.py",
    "CORS_ALLOWED_ORIGINS": "name origins by the variable EDGE_CORS_ORIGINS",
    "CORS_ALLOW_ALL_ORIGINS": "name origins by the variable EDGE_CORS_ORIGINS",
    "SECURE_HSTS_SECONDS": _TLS,
    "SECURE_SSL_REDIRECT": _TLS,
}
INSTEAD_OF_DRF = {
    "DEFAULT_AUTHENTICATION_CLASSES": "tokens are read in edge_api/gateway/authentication.py",
    "DEFAULT_PERMISSION_CLASSES": _ACCESS,
    "DEFAULT_THROTTLE_CLASSES": _RATES,
    "DEFAULT_THROTTLE_RATES": _RATES,
    "DEFAULT_RENDERER_CLASSES": _FORMS,
    "DEFAULT_PARSER_CLASSES": _FORMS,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "forms are chosen in edge_api/gateway/negotiation.py",
    "DEFAULT_PAGINATION_CLASS": _LISTS,
    "DEFAULT_FILTER_BACKENDS": _LISTS,
}


def unused_settings() -> Iterator[Finding]:
    """Yields a failure for each of these settings that has a value."""
    for name, instead in INSTEAD_OF_DJANGO.items():
        if getattr(settings, name, None):
            yield failed(f"the setting {name} has no effect at the edge", instead)
    chosen = getattr(settings, "REST_FRAMEWORK", {})
    for name, instead in INSTEAD_OF_DRF.items():
        if chosen.get(name):
            yield failed(f"REST_FRAMEWORK's {name} has no effect at the edge", instead)


def check(**_: Any) -> list[checks.CheckMessage]:
    """Reports the failures to `manage.py check`."""
    return [
        checks.Error(finding.says, hint=finding.remedy, id="edge_api.E001")
        for finding in unused_settings()
    ]
