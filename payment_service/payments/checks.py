"""What the service's doctor looks at: the payment provider."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from mesh.checks.findings import Finding, failed, first_line, ok, warning

WITHIN_S = 2.0
PORTS = {"https": 443, "http": 80}


def provider() -> Iterator[Finding]:
    """Checks whether money moves, and its mover can be reached; it is asked for nothing."""
    name = settings.PAYMENT_PROVIDER.rpartition(".")[2]
    if name == "Stripe":
        yield _reached(settings.STRIPE_API_BASE)
    elif settings.MARKET_ENV == "production":
        yield warning("the sandbox is the provider: no money moves", "set PAYMENT_PROVIDER=stripe")
    else:
        yield ok("the sandbox is the provider: no money moves")


def _reached(url: str) -> Finding:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or PORTS[parts.scheme])
    try:
        socket.create_connection(address, WITHIN_S).close()
    except OSError as error:
        return failed(
            f"Stripe can't be reached at {url}: {first_line(error)}",
            "let the worker and the server reach it, or mend STRIPE_API_BASE",
        )
    return ok(f"Stripe answers at {url}")
