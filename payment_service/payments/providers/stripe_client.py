"""How Stripe is called: on a connection of the thread's own, and how its failures read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import structlog
from django.conf import settings
from stripe import (
    CardError,
    InvalidRequestError,
    RequestsClient,
    StripeClient,
    StripeError,
)

from payment_service.payments.errors import ProviderUnavailable

log = structlog.get_logger("stripe")

CONNECT_S = 2.0

_threads = threading.local()


def client(within_s: float) -> StripeClient:
    """Returns a client whose calls end within so many seconds and are not retried.

    Raises ProviderUnavailable when no time is left.
    """
    if within_s <= 0:
        raise ProviderUnavailable("no time is left to ask the payment provider")
    connect_s = min(CONNECT_S, within_s / 2)
    timeout = (connect_s, within_s - connect_s)
    return StripeClient(
        settings.STRIPE_API_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        http_client=RequestsClient(timeout=timeout, session=_session()),
        max_network_retries=0,
    )


def _session() -> requests.Session:
    if not hasattr(_threads, "session"):
        _threads.session = requests.Session()
    session: requests.Session = _threads.session
    return session


@contextmanager
def answered() -> Iterator[None]:
    """Lets through what is an answer: the card declined, or the request refused.

    Anything else leaves the outcome unknown, a key in use elsewhere (409) and a wrong set-up
    of ours included. Raises ProviderUnavailable.
    """
    try:
        yield
    except CardError:
        raise
    except StripeError as error:
        log.warning(
            "stripe_error",
            error=type(error).__name__,
            http_status=error.http_status,
            code=error.code,
            stripe_request_id=error.request_id,
        )
        if isinstance(error, InvalidRequestError):
            raise
        raise ProviderUnavailable("the payment provider did not answer") from error
