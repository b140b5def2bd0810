"""A function that serves several calls knows of each only what it is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from mesh.auth.access import Caller
from mesh.context import Call, serving, visible_owner
from mesh.contract.model import Access
from mesh.core.errors import NotFound, Unavailable
from mesh.rpc.batching.calls import Asked, Instead
from mesh.rpc.batching.servicer import Admitted, read_alone, together
from mesh.rpc.interceptors.observation import Observation, Observer
from mesh.rpc.tests.coalescing import mine
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


def test_what_it_left_is_left_to_the_sender_whether_served_with_others_or_by_itself() -> None:
    served: list[list[str]] = []

    def leaves_staff(asked: Sequence[Asked]) -> list[Any]:
        served.append([each.call.caller.subject for each in asked])
        if len(asked) == breaks_for:
            raise ZeroDivisionError
        alone = [each.call.caller is CALLERS["staff"] for each in asked]
        return [
            Instead.ALONE if left else said for left, said in zip(alone, owners(asked), strict=True)
        ]

    ada, staff = (CALLERS[name].subject for name in ("ada", "staff"))
    for breaks_for in (0, 2):  # noqa: B007  # the function reads it
        first, second = together(leaves_staff)(admitted("ada", "staff"), CONTEXT)
        assert (said([first]), second) == (["ada sees ada"], Instead.ALONE)
    assert served == [[ada, staff], [ada, staff], [ada], [staff]]


def test_an_error_that_it_raises_for_callers_is_that_of_all_and_it_is_not_called_again() -> None:
    served: list[int] = []

    def is_away(asked: Sequence[Asked]) -> list[Any]:
        served.append(len(asked))
        raise Unavailable("away for now")

    with pytest.raises(Unavailable):
        together(is_away)(admitted("ada", "staff"), CONTEXT)
    assert served == [2]


def test_an_error_that_it_returns_is_raised_for_a_call_alone() -> None:
    error = NotFound("there is no such toy")
    call = Call("m", "r", 0.0, caller=CALLERS["ada"], access=ACCESS)
    with serving(call), pytest.raises(NotFound) as raised:
        read_alone(lambda _: [error])(MineRequest(), CONTEXT)
    assert raised.value is error
