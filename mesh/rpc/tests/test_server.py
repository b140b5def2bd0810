"""What a caller sees of a server, over a real loopback connection."""

import queue
import threading
import time
from dataclasses import replace
from typing import Any

import grpc
import pytest
from django.db import OperationalError
from django_grpc_framework.services import Service
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from prometheus_client import REGISTRY

from mesh.auth.jwks import Jwks
from mesh.contract.model import ContractError
from mesh.core.errors import RemoteError, StartRefused, Unavailable
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.server import QUEUED_PER_THREAD, start
from mesh.testing.servers import TestKeys, as_service, as_user, serving
from mesh.tests.toy.contract import NAME, MineRequest, SayRequest, SayResponse, Toy

ALICE = "01890a5d-ac96-774b-bcce-b302099a8057"
BOB = "01890a5d-ac96-774b-bcce-b302099a8058"
SERVING = health_pb2.HealthCheckResponse.SERVING
Metadata = tuple[tuple[str, str], ...]


def call(
    channel: grpc.Channel,
    rpc: str,
    request: Any,
    metadata: Metadata = (),
    timeout_s: float | None = 5,
) -> str:
    invoke = channel.unary_unary(
        f"/{NAME}/{rpc}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=SayResponse.FromString,
    )
    return str(invoke(request, metadata=metadata, timeout=timeout_s).said)


def error_of(*arguments: Any, **options: Any) -> RemoteError:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **options)
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # it is a call too
    assert status is not None
    return RemoteError(status)


def test_a_domain_error_crosses_with_all_that_it_says(bare: grpc.Channel) -> None:
    error = error_of(bare, "Say", SayRequest(what="domain"))
    assert (error.reason, error.domain) == ("OUT_OF_TOYS", "toy.v1")
    assert error.detail == "no toys are left"
    assert error.retry_after_s == 2.5
    assert error.metadata == {"shelf": "top"}
    assert error.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]


def test_the_text_of_an_unforeseen_exception_stays_inside(bare: grpc.Channel) -> None:
    error = error_of(bare, "Say", SayRequest(what="fail"))
    assert error.reason == "INTERNAL"
    assert "42" not in error.detail


def test_each_broken_constraint_is_named_with_its_path(bare: grpc.Channel) -> None:
    request = SayRequest(what="x" * 21, lines=[{"text": "ok"}, {"text": ""}])
    error = error_of(bare, "Say", request)
    assert error.reason == "REQUEST_INVALID"
    assert {(v.field, v.reason) for v in error.violations} == {
        ("what", "string.max_len"),
        ("lines[1].text", "string.min_len"),
    }


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SayRequest(what="a\x00"), "what"),
        (SayRequest(lines=[{"text": "a\x00"}]), "lines[0].text"),
        (SayRequest(labels={"a": "\x00"}), 'labels["a"]'),
    ],
)
def test_a_nul_character_is_refused_wherever_it_is(
    bare: grpc.Channel, request_: Any, field: str
) -> None:
    error = error_of(bare, "Say", request_)
    assert [(v.field, v.reason) for v in error.violations] == [(field, "string.nul")]


def test_a_call_without_a_deadline_gets_the_contracts(bare: grpc.Channel) -> None:
    budget_s = float(call(bare, "Say", SayRequest(what="budget"), timeout_s=None))
    assert 0.5 < budget_s < 1.5


def test_a_caller_can_ask_for_less_time_but_not_for_more(bare: grpc.Channel) -> None:
    assert float(call(bare, "Say", SayRequest(what="budget"), timeout_s=0.8)) < 0.8
    assert float(call(bare, "Say", SayRequest(what="budget"), timeout_s=60)) < 1.5


def test_a_request_id_is_taken_over_when_it_is_sane(bare: grpc.Channel) -> None:
    request = SayRequest(what="request id")
    assert call(bare, "Say", request, (("x-request-id", "abc-1.2_3"),)) == "abc-1.2_3"
    for strange in ("a b", "x" * 65, "<script>"):
        assert call(bare, "Say", request, (("x-request-id", strange),)) != strange


def test_bare_metadata_makes_nobody_anybody(bare: grpc.Channel) -> None:
    claims = (("user-id", ALICE), ("service", "friend"), ("x-user-id", ALICE))
    assert "user_id=''" in call(bare, "Say", SayRequest(what="who"), claims)
    assert error_of(bare, "Inside", SayRequest(), claims).reason == "TOKEN_MISSING"


def test_an_internal_rpc_admits_the_services_it_lists_and_nobody_else(
    bare: grpc.Channel, keys: TestKeys
) -> None:
    assert call(bare, "Inside", SayRequest(what="hi"), as_service("friend")) == "hi"
    stranger = error_of(bare, "Inside", SayRequest(), as_service("stranger"))
    assert (stranger.reason, stranger.code) == ("NOT_ADMITTED", 7)
    staff = as_user(keys.token(ALICE, "toys.read", now=time.time()))
    assert error_of(bare, "Inside", SayRequest(), staff).reason == "NOT_ADMITTED"


def test_an_owner_field_lets_a_user_name_only_itself(bare: grpc.Channel, keys: TestKeys) -> None:
    alice = as_user(keys.token(ALICE, now=time.time()))
    for name in ("", "me", ALICE):
        assert call(bare, "Mine", MineRequest(user_id=name), alice) == ALICE
    assert error_of(bare, "Mine", MineRequest(user_id=BOB), alice).reason == "NOT_FOUND"
    assert error_of(bare, "Mine", MineRequest(user_id=BOB)).reason == "TOKEN_MISSING"


def test_staff_with_the_scope_may_name_anyone_or_nobody(bare: grpc.Channel, keys: TestKeys) -> None:
    staff = as_user(keys.token(ALICE, "toys.read", now=time.time()))
    assert call(bare, "Mine", MineRequest(user_id=BOB), staff) == BOB
    assert call(bare, "Mine", MineRequest(user_id="me"), staff) == ALICE
    assert call(bare, "Mine", MineRequest(), staff) == ""


def test_a_service_may_name_anyone_and_is_nobody_s_me(bare: grpc.Channel) -> None:
    friend = as_service("friend")
    assert call(bare, "Mine", MineRequest(user_id=BOB), friend) == BOB
    assert error_of(bare, "Mine", MineRequest(user_id="me"), friend).reason == "TOKEN_MISSING"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "another"}, {"exp": 1}, {"iat": 32503680000}, {"sub": None}],
)
def test_a_token_that_is_not_for_us_now_is_refused(
    bare: grpc.Channel, keys: TestKeys, claims: dict[str, object]
) -> None:
    token = keys.token(ALICE, now=time.time(), **claims)
    assert error_of(bare, "Mine", MineRequest(), as_user(token)).reason == "TOKEN_INVALID"


def test_a_token_signed_by_somebody_else_is_refused(bare: grpc.Channel) -> None:
    token = TestKeys().token(ALICE, now=time.time())
    assert error_of(bare, "Mine", MineRequest(), as_user(token)).reason == "TOKEN_INVALID"


def test_calls_beyond_what_can_be_queued_are_turned_away_at_once(bare: grpc.Channel) -> None:
    invoke = bare.unary_unary(
        f"/{NAME}/Say",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    Toy.release.clear()
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()  # calls
    calls = []
    for _ in range(4 * QUEUED_PER_THREAD + 1):
        calls.append(call_ := invoke.future(SayRequest(what="held"), timeout=60))
        call_.add_done_callback(ended.put)
    assert ended.get(timeout=20).code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    Toy.release.set()
    others = {ended.get(timeout=20).code() for _ in calls[1:]}
    assert others <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert call(bare, "Say", SayRequest(what="after")) == "after"


def test_health_and_reflection_answer_a_stock_client(bare: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(bare)
    assert health.Check(health_pb2.HealthCheckRequest()).status == 1
    reflection = reflection_pb2_grpc.ServerReflectionStub(bare)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = reflection.ServerReflectionInfo(iter([asked]))
    assert NAME in [service.name for service in answer.list_services_response.service]


def test_draining_says_so_first_and_finishes_what_was_begun(wiring: RpcDefinition) -> None:
    with serving(wiring) as (server, channel):
        invoke = channel.unary_unary(
            f"/{NAME}/Say",
            request_serializer=SayRequest.SerializeToString,
            response_deserializer=SayResponse.FromString,
        )
        begun = invoke.future(SayRequest(what="slow"), timeout=5)
        health = health_pb2_grpc.HealthStub(channel)
        states = health.Watch(health_pb2.HealthCheckRequest())
        assert next(states).status == SERVING
        assert says_ready() == 1
        draining = threading.Thread(target=server.drain)
        draining.start()
        assert next(states).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert begun.result().said == "slow"
        states.cancel()
        draining.join()
    assert says_ready() == 0


def test_a_server_is_ready_once_it_can_verify_tokens(wiring: RpcDefinition, keys: TestKeys) -> None:
    said: list[float | None] = []

    def jwks() -> Jwks:
        said.append(says_ready())
        if len(said) < 3:
            raise Unavailable("the publisher is just being started")
        return keys.jwks()

    with serving(replace(wiring, jwks=jwks)) as (_, channel):
        assert (said, says_ready()) == ([0, 0, 0], 1)
        health = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING
        assert (
            call(channel, "Mine", MineRequest(), as_user(keys.token(ALICE, now=time.time())))
            == ALICE
        )


def test_a_server_that_gets_no_keys_serves_what_needs_no_token(
    wiring: RpcDefinition, keys: TestKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def jwks() -> Jwks:
        raise OperationalError("the database is away")

    monkeypatch.setattr("mesh.rpc.server.KEYS_MOST_S", 0.1)
    with serving(replace(wiring, jwks=jwks)) as (_, channel):
        assert says_ready() == 1
        assert call(channel, "Say", SayRequest(what="hi")) == "hi"


def says_ready() -> float | None:
    """What the metrics say of it."""
    return REGISTRY.get_sample_value("mesh_ready", {"part": "rpc"})


def test_a_taken_port_stops_the_start_with_its_address(wiring: RpcDefinition) -> None:
    with (
        serving(wiring) as (server, _),
        pytest.raises(StartRefused, match=f"127.0.0.1:{server.port}"),
    ):
        start(wiring, f"127.0.0.1:{server.port}")


def test_a_class_that_lacks_an_rpc_stops_the_start(wiring: RpcDefinition) -> None:
    class Half(Service):  # type: ignore[misc]  # ships no types
        pass

    with pytest.raises(ContractError, match="Half lacks Say"):
        start(replace(wiring, serves={NAME: Half}), "127.0.0.1:0")


def test_writes_of_what_is_not_coalesced_stop_the_start(wiring: RpcDefinition) -> None:
    with pytest.raises(ContractError, match=f"wired as writes: /{NAME}/Write"):
        start(replace(wiring, writes={f"{NAME}/Write": lambda _: []}), "127.0.0.1:0")
