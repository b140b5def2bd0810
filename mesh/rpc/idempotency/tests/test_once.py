"""A request sent twice, at the level of the kit; servers are tested with it elsewhere."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mesh.auth.access import Caller
from mesh.context import Call, serving
from mesh.rpc.idempotency import once as actions
from mesh.rpc.idempotency.claim import fingerprint
from mesh.rpc.idempotency.errors import RequestIdReused, RequestInProgress
from mesh.rpc.idempotency.models import StoredResponse
from mesh.rpc.idempotency.once import once
from mesh.tests.toy.contract import RepeatRequest, SayResponse
from mesh.tests.toy.models import Note
from mesh.tests.toy.outbox import notes

pytestmark = pytest.mark.django_db(transaction=True)


class Declined(Exception):
    pass


REPEAT = "/toy.v1.ToyService/Repeat"


def write_down(request: Any) -> Callable[[], Any]:
    def run() -> Any:
        Note.objects.create(text=request.what)
        return SayResponse(said=f"{request.what} {Note.objects.count()}")

    return run


def repeat(request: Any, *, user: str = "ada", run: Callable[[], Any] | None = None) -> Any:
    """One call of the toy's Repeat, as its servicer would make it."""
    call = Call(
        method=REPEAT,
        request_id="one-of-many",
        deadline=time.monotonic() + 10,
        caller=Caller(user_id=user),
    )
    with serving(call):
        return once(request, run or write_down(request))


def test_a_repeat_gets_the_answer_of_the_first() -> None:
    request = RepeatRequest(what="pay", request_id="r1")
    assert repeat(request).said == "pay 1"
    assert repeat(request).said == "pay 1"
    assert notes() == ["pay"]


def test_an_empty_answer_is_an_answer() -> None:
    request = RepeatRequest(what="pay", request_id="r1")

    def run() -> Any:
        Note.objects.create(text="ran")
        return SayResponse()

    assert repeat(request, run=run) == repeat(request, run=run) == SayResponse()
    assert notes() == ["ran"]


def test_without_an_id_every_request_is_run() -> None:
    request = RepeatRequest(what="pay")
    assert [repeat(request).said, repeat(request).said] == ["pay 1", "pay 2"]


def test_an_id_used_for_another_request_is_refused() -> None:
    repeat(RepeatRequest(what="pay", request_id="r1"))
    with pytest.raises(RequestIdReused) as caught:
        repeat(RepeatRequest(what="pay twice", request_id="r1"))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert notes() == ["pay"]


def test_an_id_is_the_callers_own() -> None:
    request = RepeatRequest(what="pay", request_id="r1")
    repeat(request, user="ada")
    assert repeat(request, user="bob").said == "pay 2"


def test_a_request_that_failed_leaves_nothing_and_may_be_sent_again() -> None:
    request = RepeatRequest(what="pay", request_id="r1")

    def fail() -> Any:
        Note.objects.create(text="undone")
        raise Declined

    with pytest.raises(Declined):
        repeat(request, run=fail)
    assert notes() == []
    assert repeat(request).said == "pay 1"


def test_of_sixteen_at_once_one_runs_and_the_others_are_told_so() -> None:
    request = RepeatRequest(what="pay", request_id="r1")
    barrier = threading.Barrier(16)
    others = threading.Semaphore(0)

    def run() -> Any:
        for _ in range(15):
            assert others.acquire(timeout=10), "the others are refused while this one runs"
        return write_down(request)()

    def send(_: int) -> str:
        barrier.wait()
        try:
            return str(repeat(request, run=run).said)
        except RequestInProgress as error:
            others.release()
            return error.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(send, range(16)))
    assert answers == ["REQUEST_IN_PROGRESS"] * 15 + ["pay 1"]
    assert repeat(request).said == "pay 1"
    assert notes() == ["pay"]


def test_a_fingerprint_leaves_out_the_id_and_needs_the_key(settings: Settings) -> None:
    one = fingerprint(RepeatRequest(what="my password", request_id="r1"))
    assert one == fingerprint(RepeatRequest(what="my password", request_id="r2"))
    settings.SECRET_KEY = "another"
    assert one != fingerprint(RepeatRequest(what="my password"))


def test_it_does_not_join_a_transaction_that_could_undo_its_answer() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        repeat(RepeatRequest(what="pay", request_id="r1"))


def test_answers_are_kept_for_a_day() -> None:
    request = RepeatRequest(what="pay", request_id="r1")
    repeat(request)
    assert actions.prune() == 0
    StoredResponse.objects.update(create_time=F("create_time") - actions.KEEP)
    assert actions.prune() == 1
    assert repeat(request).said == "pay 2"


def test_a_request_costs_two_statements_beside_its_effect_and_a_repeat_two() -> None:
    request = RepeatRequest(what="pay", request_id="r1")
    with CaptureQueriesContext(connection) as first:
        repeat(request, run=SayResponse)
    assert verbs(first) == ["BEGIN", "INSERT", "UPDATE", "COMMIT"]
    with CaptureQueriesContext(connection) as second:
        repeat(request)
    assert verbs(second) == ["BEGIN", "INSERT", "SELECT", "COMMIT"]


def verbs(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"].split()[0] for query in captured]
