"""A function that reads for several calls knows of each only what it is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from mesh.auth.access import Caller
from mesh.context import Call, serving, visible_owner
from mesh.contract.model import Access
from mesh.core.errors import NotFound
from mesh.rpc.batching.reading import Asked
from mesh.rpc.batching.servicer import Admitted, read_alone, together
from mesh.rpc.interceptors.observation import Observation, Observer
from mesh.rpc.tests.test_coalescing import mine
from mesh.tests.toy.contract import MineRequest, SayResponse

ACCESS = Access(signed_in=True, staff_scope="toys.read", services=frozenset({"friend"}))
CONTEXT: Any = None  # no function that reads is given one
CALLERS = {
    "ada": Caller(user_id="ada", service="edge_api"),
    "staff": Caller(user_id="bob", scopes=frozenset({"toys.read"})),
    "friend": Caller(service="friend"),
}


def admitted(*callers: str) -> list[Admitted]:
    observer = Observer(mine())
    calls = [Call("m", "r", 0.0, caller=CALLERS[name], access=ACCESS) for name in callers]
    return [
        Admitted(place, Observation(observer, call, ()), MineRequest(user_id=callers[place]))
        for place, call in enumerate(calls)
    ]


def owners(asked: Sequence[Asked]) -> list[Any]:
    return [SayResponse(said=f"{each.request.user_id} sees {each.owner}") for each in asked]


def said(outcomes: Sequence[Any]) -> list[str]:
    return [outcome.said for outcome in outcomes]


def test_each_call_has_its_own_owner() -> None:
    outcomes = together(owners)(admitted("ada", "staff", "friend"), CONTEXT)
    assert said(outcomes) == ["ada sees ada", "staff sees None", "friend sees None"]


def test_it_has_no_caller_of_its_own_or_the_sender_s_rights_would_be_lent_to_each() -> None:
    def careless(_: Sequence[Asked]) -> list[Any]:
        return [SayResponse(said=str(visible_owner()))]

    sender = Call("m", "r", 0.0, caller=CALLERS["friend"], access=ACCESS)
    with serving(sender):
        with pytest.raises(LookupError):
            together(careless)(admitted("ada"), CONTEXT)
        with pytest.raises(LookupError):
            read_alone(careless)(MineRequest(), CONTEXT)


def test_a_call_that_breaks_it_breaks_no_other() -> None:
    def breaks_on_staff(asked: Sequence[Asked]) -> list[Any]:
        if any(each.request.user_id == "staff" for each in asked):
            raise ZeroDivisionError
        return owners(asked)

    first, second, third = together(breaks_on_staff)(admitted("ada", "staff", "ada"), CONTEXT)
    assert said([first, third]) == ["ada sees ada"] * 2
    assert isinstance(second, ZeroDivisionError)


def test_an_error_that_it_returns_is_raised_for_a_call_alone() -> None:
    error = NotFound("there is no such toy")
    call = Call("m", "r", 0.0, caller=CALLERS["ada"], access=ACCESS)
    with serving(call), pytest.raises(NotFound) as raised:
        read_alone(lambda _: [error])(MineRequest(), CONTEXT)
    assert raised.value is error
