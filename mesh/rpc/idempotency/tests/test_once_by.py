"""Requests that take effect by a statement of their own, one at a time and several at once."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from mesh.auth.access import Caller
from mesh.context import Call
from mesh.core.errors import NotFound, Unavailable
from mesh.db.sql import rows
from mesh.rpc.idempotency.claim import (
    FIND_EACH,
    INSERT_EACH,
    LOCK,
    UNLESS_CLAIMED,
    Claim,
    NotClaimed,
    values_of,
)
from mesh.rpc.idempotency.errors import RequestIdReused, RequestInProgress
from mesh.rpc.idempotency.once import ATTEMPTS, once_by
from mesh.tests.toy.contract import NAME, RepeatRequest, SayResponse

pytestmark = pytest.mark.django_db(transaction=True)

# As the statement of a service, with no effect beside the claims.
WRITE = f"""
    WITH request AS MATERIALIZED (
        SELECT sent.*, {LOCK} AS locked FROM unnest(
            %(subjects)s::text[], %(request_ids)s::text[],
            %(fingerprints)s::bytea[], %(responses)s::bytea[]
        ) WITH ORDINALITY AS sent (subject, request_id, fingerprint, response, place)
    ), claim AS (
        {INSERT_EACH} FROM request WHERE locked {UNLESS_CLAIMED} RETURNING response
    )
    SELECT response IN (SELECT response FROM claim) FROM request ORDER BY place
"""  # noqa: S608  # put together of constants


def a_claim(user: str, what: str = "pay", request_id: str = "r1", rpc: str = "Repeat") -> Claim:
    call = Call(f"/{NAME}/{rpc}", "one-of-many", 0.0, caller=Caller(user_id=user))
    return Claim.of(RepeatRequest(what=what, request_id=request_id), call)


def write(*claims: Claim) -> list[bool]:
    """Claims each with a response that names its user and RPC; returns what was claimed."""
    said = [SayResponse(said=f"{each.subject} {each.method}") for each in claims]
    values = values_of(claims) | {
        "fingerprints": [each.fingerprint for each in claims],
        "responses": [each.SerializeToString() for each in said],
    }
    return [claimed for (claimed,) in rows(WRITE, values)]


def find(*claims: Claim) -> dict[int, str]:
    """Returns what each got before, by its place; marks those as replayed."""
    found: dict[int, Any] = {
        place: claims[place - 1].replayed(*stored)
        for place, *stored in rows(FIND_EACH, values_of(claims))
    }
    return {place: response.said for place, response in found.items()}


class Attempts:
    """Comes to each of these in turn, and to the last one for good."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes: Sequence[Any] = outcomes
        self.made = 0

    def __call__(self) -> Any:
        self.made += 1
        return self.outcomes[min(self.made, len(self.outcomes)) - 1]


def test_claims_made_together_are_each_found_by_their_own_caller_rpc_and_id() -> None:
    ada, bob = a_claim("ada"), a_claim("bob")
    other = a_claim("ada", rpc="Write")
    assert write(ada, bob) == [True, True]
    assert write(other) == [True]
    again = [a_claim("cyd"), a_claim("bob"), a_claim("bob", request_id="r2"), a_claim("ada")]
    assert find(*again) == {2: f"{bob.subject} {bob.method}", 4: f"{ada.subject} {ada.method}"}
    assert [each.call.replayed for each in again] == [False, True, False, True]
    assert find(a_claim("bob", rpc="Write")) == {}
    assert not any(each.call.replayed for each in (ada, bob, other))


def test_what_is_claimed_keeps_its_response_and_holds_up_no_claim_beside_it() -> None:
    write(a_claim("ada"))
    assert write(a_claim("ada", "pay twice"), a_claim("bob")) == [False, True]
    reused = a_claim("ada", "pay twice")
    with pytest.raises(RequestIdReused):
        find(reused)
    assert not reused.call.replayed


def test_an_error_that_an_attempt_returns_is_raised_at_once() -> None:
    error = NotFound("there is no such toy")
    attempts = Attempts(error)
    with pytest.raises(NotFound) as raised:
        once_by(a_claim("ada"), attempts)
    assert (raised.value, attempts.made) == (error, 1)


def test_an_attempt_that_something_changed_under_is_made_again_and_not_for_ever() -> None:
    changed, done = NotClaimed(locked=True), SayResponse(said="done")
    attempts = Attempts(*[changed] * (ATTEMPTS - 1), done)
    assert once_by(a_claim("ada"), attempts) is done
    attempts = Attempts(changed)
    with pytest.raises(Unavailable):
        once_by(a_claim("ada"), attempts)
    assert attempts.made == ATTEMPTS


def test_a_request_in_progress_is_not_waited_for() -> None:
    attempts = Attempts(NotClaimed(locked=False))
    with pytest.raises(RequestInProgress):
        once_by(a_claim("ada"), attempts)
    assert attempts.made == 1


@pytest.mark.parametrize("locked", [True, False])
def test_a_response_that_appeared_meanwhile_is_that_of_the_request(locked: bool) -> None:
    def beaten_by(what: str) -> Callable[[], Any]:
        def attempt() -> NotClaimed:
            write(a_claim("ada", what))
            return NotClaimed(locked=locked)

        return attempt

    claim = a_claim("ada")
    said: Any = once_by(claim, beaten_by("pay"))
    assert (said.said, claim.call.replayed) == (f"{claim.subject} {claim.method}", True)
    with pytest.raises(RequestIdReused):
        once_by(a_claim("ada", "pay twice"), beaten_by("pay"))
