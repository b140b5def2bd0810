"""Guessing at logins, and letting time pass between guesses."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from market.user.v1 import session_pb2
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.core.errors import RemoteError
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from user_service.credentials.actions.throttle import FREE_AT_LOGIN
from user_service.credentials.models import Throttle
from user_service.tests.accounts import PASSWORD

FREE = FREE_AT_LOGIN
ADA = {"username": "ada"}


def login(**values: str) -> session_pb2.CreateTokenRequest:
    return session_pb2.CreateTokenRequest(**({"password": PASSWORD} | values))


def guess(
    sessions: SessionServiceStub, name: dict[str, str] = ADA, metadata: Metadata = ()
) -> RemoteError:
    return error_of(sessions.CreateToken, login(**name, password="a guess"), metadata)


def guesses(sessions: SessionServiceStub, count: int, name: dict[str, str] = ADA) -> set[str]:
    """Their outcomes, each after its wait."""
    reasons = set()
    for _ in range(count):
        reasons.add(guess(sessions, name).reason)
        let_wait_pass()
    return reasons


def let_wait_pass() -> None:
    Throttle.objects.update(shut_until=Now())


def let_an_hour_pass() -> None:
    Throttle.objects.update(
        shut_until=Now(), last_failure_time=F("last_failure_time") - timedelta(minutes=61)
    )


def from_address(address: str, service: str = "edge_api") -> Metadata:
    return (*as_service(service), ("x-client-address", address))
