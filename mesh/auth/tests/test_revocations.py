"""Tokens that were revoked are refused within seconds, by servers that asked nobody for them."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.auth.revocations import (
    POLL_S,
    Page,
    Revocations,
    Revoked,
    lists_revocations,
    revocations_method,
)
from mesh.auth.tests.token_attacks import VICTIM
from mesh.auth.tokens import TokenRevoked
from mesh.contract.model import Contract, market_contract
from mesh.core.errors import RemoteError
from mesh.rpc.client import published_revocations
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.metadata import Metadata
from mesh.rpc.streaming.subscription import WAITING
from mesh.testing.servers import TestKeys, as_user, error_of, serving
from mesh.tests.toy.contract import NAME, MineRequest, SayResponse, WatchRequest, WatchResponse
from mesh.tests.toy.revocations import RevocationList
from mesh.tests.toy.watching import WATCH_RPC, happen

SECONDS = 5.0
OTHER = "01890a5d-ac96-774b-bcce-b302099a8058"


def signed_in(keys: TestKeys, user_id: str = VICTIM, version: int | None = 1) -> Metadata:
    claims = {} if version is None else {"token_version": version}
    return as_user(keys.token(user_id, now=time.time(), **claims))


def mine(channel: grpc.Channel) -> Callable[..., Any]:
    rpc: Callable[..., Any] = channel.unary_unary(
        f"/{NAME}/Mine",
        request_serializer=MineRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    return rpc


def answer(channel: grpc.Channel, metadata: Metadata) -> str:
    """The user that it was taken for, or the reason why for nobody."""
    try:
        return str(mine(channel)(MineRequest(), metadata=metadata, timeout=5).said)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
        assert status is not None
        return RemoteError(status).reason


def becomes(channel: grpc.Channel, metadata: Metadata, expected: str) -> bool:
    deadline = time.monotonic() + SECONDS
    while (found := answer(channel, metadata)) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found == expected


def test_a_token_is_refused_once_it_is_listed_although_it_was_verified_before(
    bare: grpc.Channel, keys: TestKeys, revocations: RevocationList
) -> None:
    token, newer = signed_in(keys), signed_in(keys, version=2)
    assert answer(bare, token) == VICTIM
    revocations.add(VICTIM, 2)
    assert becomes(bare, token, "TOKEN_INVALID")
    assert error_of(mine(bare), MineRequest(), token).code == 16  # 401 over HTTP, RFC 6750
    assert answer(bare, newer) == VICTIM
    assert answer(bare, signed_in(keys, OTHER)) == OTHER


def test_a_token_from_before_tokens_had_versions_is_good_unless_its_user_is_listed(
    bare: grpc.Channel, keys: TestKeys, revocations: RevocationList
) -> None:
    token = signed_in(keys, version=None)
    assert answer(bare, token) == VICTIM
    revocations.add(VICTIM, 2)
    assert becomes(bare, token, "TOKEN_INVALID")


def test_a_server_that_has_just_started_believes_no_token_that_was_revoked_before(
    wiring: RpcDefinition, keys: TestKeys, revocations: RevocationList
) -> None:
    for number in range(5):
        revocations.add(f"user {number}", 2)
    revocations.add(VICTIM, 2)
    with serving(wiring) as (_, channel):
        assert answer(channel, signed_in(keys)) == "TOKEN_INVALID"


def test_while_the_list_is_away_what_is_known_of_it_holds_and_all_others_are_served(
    bare: grpc.Channel, keys: TestKeys, revocations: RevocationList
) -> None:
    token = signed_in(keys)
    revocations.add(VICTIM, 2)
    assert becomes(bare, token, "TOKEN_INVALID")
    revocations.away = True
    asked = len(revocations.asked)
    while len(revocations.asked) < asked + 2:
        time.sleep(0.05)
    assert answer(bare, token) == "TOKEN_INVALID"
    assert answer(bare, signed_in(keys, OTHER)) == OTHER
    revocations.add(OTHER, 2)
    revocations.away = False
    assert becomes(bare, signed_in(keys, OTHER), "TOKEN_INVALID")


def test_after_a_failure_the_whole_list_is_asked_for(revocations: RevocationList) -> None:
    revocations.add(VICTIM, 2)
    keys = JwksCache(TestKeys().jwks, revocations.since)
    poll = keys._poll
    assert poll is not None
    poll.read()
    revocations.away = True
    poll.read()
    revocations.away = False
    poll.read()
    assert revocations.asked == ["", "1", ""]


def test_a_server_that_is_without_the_list_from_the_start_still_serves(
    wiring: RpcDefinition, keys: TestKeys, revocations: RevocationList
) -> None:
    """As while an issuer of before is still in its place."""
    revocations.away = True
    with serving(wiring) as (_, channel):
        assert answer(channel, signed_in(keys)) == VICTIM


@pytest.mark.django_db(transaction=True)
def test_the_streams_of_a_revoked_token_end_and_say_why_and_no_others(
    bare: grpc.Channel, keys: TestKeys, revocations: RevocationList
) -> None:
    ended, other = watch(bare, signed_in(keys)), watch(bare, signed_in(keys, OTHER))
    revocations.add(VICTIM, 2)
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        next(ended)
    assert time.monotonic() - began < SECONDS
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # it is a call too
    assert status is not None
    assert RemoteError(status).reason == "TOKEN_INVALID"
    happen("egg", "laid")
    assert next(other).what == "laid"
    other.cancel()


def watch(channel: grpc.Channel, metadata: Metadata) -> Any:
    """A stream that is open."""
    opened = channel.unary_stream(
        f"/{WATCH_RPC}",
        request_serializer=WatchRequest.SerializeToString,
        response_deserializer=WatchResponse.FromString,
    )
    stream = opened(WatchRequest(thing="egg"), timeout=30, metadata=metadata)
    assert (WAITING, "1") in stream.initial_metadata()
    return stream


def test_an_entry_is_kept_as_long_as_a_token_may_live_and_then_forgotten() -> None:
    now = 100.0
    copy = Revocations(60.0, clock=lambda: now)
    copy.take(Page([Revoked("ada", 3)], "1"))
    now += 59
    copy.take(Page([Revoked("bob", 2)], "2"))
    assert copy.refuse(Caller(user_id="ada", token_version=2))
    now += 2
    copy.take(Page([], "3"))
    assert not copy.refuse(Caller(user_id="ada", token_version=2))
    assert (len(copy), copy.sync_token) == (1, "3")


def test_what_is_read_twice_or_late_weakens_nothing() -> None:
    copy = Revocations(60.0)
    copy.take(Page([Revoked("ada", 3)], "1"))
    copy.take(Page([Revoked("ada", 2)], "2"))
    refused = [version for version in range(5) if copy.refuse(Caller("ada", token_version=version))]
    assert refused == [0, 1, 2]
    assert not copy.refuse(Caller(service="friend"))


def test_a_revoked_token_is_refused_by_the_verifier_itself(
    keys: TestKeys, revocations: RevocationList
) -> None:
    ring = JwksCache(keys.jwks, revocations.since)
    revocations.add(VICTIM, 2)
    with pytest.raises(TokenRevoked):
        ring.verify(keys.token(VICTIM, now=time.time(), token_version=1))


def test_the_list_is_found_through_the_contract_and_read_in_pages(
    toy_server: None, revocations: RevocationList
) -> None:
    for number in range(3):
        revocations.add(f"user {number}", number)
    assert published_revocations("") == Page(
        [Revoked("user 0", 0), Revoked("user 1", 1)], "2", True
    )
    assert published_revocations("2") == Page([Revoked("user 2", 2)], "3")


def test_the_market_has_one_list_and_a_contract_without_any_is_no_error() -> None:
    assert len([method for method in market_contract() if lists_revocations(method)]) == 1
    assert revocations_method(Contract([])) is None
    assert POLL_S < SECONDS / 2
