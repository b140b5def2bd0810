"""The spans and durations that the kit makes around RPCs, SQL, steps and mails."""

import grpc
import pytest
from prometheus_client import REGISTRY

from mesh.core.errors import RemoteError
from mesh.outbox.steps import StepContext
from mesh.rpc.tests.test_client import say
from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind
from mesh.telemetry.tests.conftest import Kept
from mesh.testing.servers import error_of
from mesh.tests.toy.contract import NAME, SayRequest, SayResponse
from mesh.tests.toy.models import Note
from mesh.tests.toy.outbox import enqueue_one, run_due
from mesh.tests.toy.steps import STEPS

SAY = f"{NAME}/Say"


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_seconds_count", labels) or 0


def test_a_call_is_a_client_span_and_under_it_the_server_s(toy_server: None, kept: Kept) -> None:
    say("Say", SayRequest(what="x"))
    server, client = kept.spans
    assert (client.kind, server.kind) == (Kind.CLIENT, Kind.SERVER)
    assert (server.trace_id, server.parent_id) == (client.trace_id, client.span_id)
    for span in (server, client):
        assert span.name == SAY
        assert span.attributes == {
            "rpc.system.name": "grpc",
            "rpc.method": SAY,
            "rpc.response.status_code": "OK",
        }


def test_calls_are_counted_by_their_status_on_both_sides(toy_server: None) -> None:
    labels = {"rpc_method": SAY, "rpc_response_status_code": "FAILED_PRECONDITION"}
    before = [counted(f"rpc_{side}_call_duration", **labels) for side in ("server", "client")]
    with pytest.raises(RemoteError):
        say("Say", SayRequest(what="domain"))
    after = [counted(f"rpc_{side}_call_duration", **labels) for side in ("server", "client")]
    assert after == [count + 1 for count in before]


def test_what_the_caller_did_wrong_is_no_failure_of_the_server(
    toy_server: None, kept: Kept
) -> None:
    with pytest.raises(RemoteError):
        say("Say", SayRequest(what="domain"))
    server, client = kept.spans
    assert (server.failed, client.failed) == (False, True)
    assert client.attributes["error.type"] == "FAILED_PRECONDITION"


def test_an_unforeseen_error_is_the_server_s_failure(bare: grpc.Channel, kept: Kept) -> None:
    say = bare.unary_unary(
        f"/{SAY}",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    error_of(say, SayRequest(what="fail"))
    (server,) = kept.spans
    assert server.failed
    assert server.attributes["error.type"] == "INTERNAL"
    assert "42" not in str(server.attributes)


@pytest.mark.django_db
def test_sql_is_named_by_verb_and_table_and_holds_no_value(kept: Kept) -> None:
    with tracing.span("work", Kind.SERVER, parent=""):
        Note.objects.create(text="a secret")
        list(Note.objects.filter(text="a secret"))
    work = kept.named("work")
    table = Note._meta.db_table
    for verb in ("INSERT", "SELECT"):
        span = kept.named(f"{verb} {table}")
        assert (span.kind, span.parent_id) == (Kind.CLIENT, work.span_id)
        assert span.attributes["db.operation.name"] == verb
        assert "secret" not in str(span.attributes)


@pytest.mark.django_db
def test_sql_outside_a_trace_makes_none(kept: Kept) -> None:
    list(Note.objects.all())
    assert kept.spans == []


@pytest.mark.django_db(transaction=True)
def test_a_step_belongs_to_the_trace_that_owes_it_and_is_linked_to_its_bell(kept: Kept) -> None:
    with tracing.span("request", Kind.SERVER, parent=""):
        enqueue_one()
    with tracing.span("bell", Kind.CONSUMER, parent=""):
        run_due()
    request, step, bell = (kept.named(name) for name in ("request", "process note", "bell"))
    assert (step.trace_id, step.parent_id) == (request.trace_id, request.span_id)
    assert [link.span_id for link in step.links] == [bell.span_id]
    assert step.attributes["outbox.step.outcome"] == "done"


@pytest.mark.django_db(transaction=True)
def test_a_step_that_owes_another_is_its_parent(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owe_another(step: StepContext) -> None:
        enqueue_one(key="another")

    monkeypatch.setitem(STEPS, "first", owe_another)
    enqueue_one("first")
    assert (run_due(), run_due()) == (1, 1)
    first, second = kept.named("process first"), kept.named("process note")
    assert (second.trace_id, second.parent_id) == (first.trace_id, first.span_id)


@pytest.mark.django_db(transaction=True)
def test_steps_are_counted_by_how_they_ended(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: StepContext) -> None:
        raise RuntimeError("zoe@example.org")

    monkeypatch.setitem(STEPS, "fail_once", fail)
    enqueue_one("fail_once")
    enqueue_one("never_heard_of", key="another")
    run_due()
    assert counted("outbox_step_duration", kind="fail_once", outcome="failed") == 1
    assert counted("outbox_step_duration", kind="never_heard_of", outcome="parked") == 1
    assert kept.named("process fail_once").failed
    assert "zoe" not in str(kept.named("process fail_once").attributes)
