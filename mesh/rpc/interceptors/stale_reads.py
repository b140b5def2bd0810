"""Serves reads from a replica, where the contract and the caller let a response be that old."""

from collections.abc import Callable
from typing import Any, TypeVar

import grpc
import psycopg
import structlog
from django.db import Error

from mesh.contract.model import Method
from mesh.core.errors import DomainError
from mesh.db.replica import Away, Behind, Replica
from mesh.rpc import metadata as call_metadata
from mesh.rpc.interceptors.call_context import metadata_of
from mesh.rpc.interceptors.chain import Handler, Interceptor
from mesh.rpc.trailers import add_trailers
from mesh.telemetry.metrics import REPLICA_READS

T = TypeVar("T")

log = structlog.get_logger("rpc")


class StaleReads:
    """One RPC that the contract gives a `max_age_s`."""

    def __init__(self, method: Method, replica: Replica) -> None:
        self._method = method
        self._replica = replica

    def run(
        self, max_age_s: float, read: Callable[[], T], *, is_whole: Callable[[T], bool]
    ) -> tuple[T, float]:
        """Returns what `read` returns, and how old it may be, in seconds: by the contract at most.

        Where the replica fails or is too far behind, `read` is run once more, on the primary. So it
        is for errors, and for what is not whole: what the replica lacks may be there by now.
        """
        if max_age_s > 0:
            try:
                with self._replica.reading(min(max_age_s, self._method.max_age_s)) as age_s:
                    found = read()
                if is_whole(found):
                    self._count("replica")
                    return found, age_s
                self._count("error")
            except Behind:
                self._count("behind")
            except Away:
                self._count("away")
            except DomainError:
                self._count("error")
            except Error as error:
                self._count("failed")
                if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                    raise  # it takes too long anywhere
                log.warning("replica_failed", rpc=self._method.path, error=type(error).__name__)
        return read(), 0.0

    def _count(self, result: str) -> None:
        REPLICA_READS.labels(self._method.full_name, result).inc()


def stale_reads(replica: Replica | None) -> Interceptor:
    """Serves calls that come alone; a trailer says how old a response may be."""

    def interceptor(method: Method, call_next: Handler) -> Handler:
        if replica is None or not method.max_age_s:
            return call_next
        reads = StaleReads(method, replica)

        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            asked_ms = metadata_of(context).get(call_metadata.MAX_AGE_MS, "")
            response, age_s = reads.run(
                int(asked_ms[:9]) / 1000 if asked_ms.isdecimal() else 0.0,  # days are as good
                lambda: call_next(request, context),
                is_whole=lambda _: True,
            )
            if age_s:
                add_trailers(context, (call_metadata.AGE_MS, str(call_metadata.age_ms(age_s))))
            return response

        return handle

    return interceptor
