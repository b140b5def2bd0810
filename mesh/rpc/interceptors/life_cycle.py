"""Tells callers of a deprecated RPC until when it is served, and counts them."""

import time

from google.rpc import code_pb2

from mesh.auth.access import Caller
from mesh.contract.life_cycle import LifeCycle
from mesh.contract.model import Method
from mesh.core.errors import DomainError
from mesh.telemetry.metrics import RPC_DEPRECATED_CALLS


class RpcSunset(DomainError):
    code = code_pb2.UNIMPLEMENTED
    reason = "RPC_SUNSET"


class Deprecated:
    """What a call of one deprecated RPC passes; `trailers` tell its caller."""

    def __init__(self, method: Method, cycle: LifeCycle) -> None:
        self._method = method
        self._cycle = cycle
        self.trailers = [(name.lower(), value) for name, value in cycle.headers.items()]

    def check(self, caller: Caller) -> None:
        """Raises RpcSunset from the sunset on, where the contract says that it is gone then."""
        RPC_DEPRECATED_CALLS.labels(self._method.full_name, _name(caller)).inc()
        if self._cycle.is_gone(time.time()):
            successor = f": use {self._cycle.successor}" if self._cycle.successor else ""
            raise RpcSunset(f"{self._method.name} is not served any more{successor}")


def deprecated(method: Method) -> Deprecated | None:
    return None if method.life_cycle is None else Deprecated(method, method.life_cycle)


def _name(caller: Caller) -> str:
    """Returns the calling service, which is few names; users are not told apart."""
    return caller.service or ("a user" if caller.user_id else "nobody")
