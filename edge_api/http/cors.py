"""Cross-origin access for the web pages whose origins are listed.

The API has no cookies; a page sends its user's token itself.
Source: Fetch standard, "CORS protocol".
"""

from collections.abc import Mapping

from django.utils.cache import patch_vary_headers

from edge_api.http.response_writer import AnyResponse
from mesh.core import config

SENT = (
    "Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "Last-Event-ID, Reauthentication-Token, X-Request-Id, traceparent"
)
READ = (
    "Age, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, X-Request-Id"
)
PREFLIGHT_IS_GOOD_FOR_S = "600"


def origins_from_env() -> frozenset[str]:
    """Raises SettingError."""
    return config.origins(
        "EDGE_CORS_ORIGINS",
        about="Whose web pages may call the API, such as https://shop.example; by default none.",
    )


def permit(headers: Mapping[bytes, bytes], response: AnyResponse, allowed: frozenset[str]) -> None:
    """Lets the browser show the response to the calling page, if its origin is listed."""
    if not allowed:
        return
    patch_vary_headers(response, ["Origin"])  # type: ignore[arg-type]  # of which it asks no more
    origin = headers.get(b"origin", b"").decode("latin1")
    if origin not in allowed:
        return
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = READ
    if b"access-control-request-method" in headers and "Allow" in response:
        response["Access-Control-Allow-Methods"] = response.headers["Allow"]
        response["Access-Control-Allow-Headers"] = SENT
        response["Access-Control-Max-Age"] = PREFLIGHT_IS_GOOD_FOR_S
