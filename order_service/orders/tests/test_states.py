"""The table of moves, and its copy in the database."""

from itertools import product as pairs
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from market.order.v1 import order_pb2
from order_service.conftest import MakeProduct
from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order
from order_service.orders.states import (
    ALLOWED,
    RESTOCKED_STATES,
    STEP_FOR_STATE,
    State,
    check_transition,
)
from order_service.tests.placing import place


def columns(state: State) -> dict[str, Any]:
    """What a row in that state may hold, so that nothing but the move can be refused."""
    paid = state in (State.CONFIRMED, State.REFUNDED, State.FULFILLED)
    given_up = state in (State.CANCELLING, State.CANCELLED, State.REFUNDED)
    return {
        "state": state,
        "payment_id": uuid4() if paid else None,
        "payment_method": "pm_ok" if state == State.PENDING else "",
        "cancel_reason": "REQUESTED" if given_up else "",
    }


def test_every_state_says_where_it_leads() -> None:
    assert set(ALLOWED) == set(State)


def test_every_state_but_the_final_ones_is_left_and_none_is_entered_twice() -> None:
    def reached(state: str) -> set[str]:
        return set(ALLOWED[state]).union(*map(reached, ALLOWED[state]))

    assert all(state not in reached(state) for state in State)
    assert {state for state in State if not ALLOWED[state]} == {
        State.CANCELLED,
        State.REFUNDED,
        State.FULFILLED,
    }
    assert all(ALLOWED[state] for state in STEP_FOR_STATE)
    assert not any(ALLOWED[state] for state in RESTOCKED_STATES)


def test_the_contract_and_the_table_know_the_same_states_and_reasons() -> None:
    states = {name.removeprefix("ORDER_STATE_") for name in order_pb2.OrderState.keys()}  # noqa: SIM118  # an enum wrapper
    reasons = {name.removeprefix("CANCEL_REASON_") for name in order_pb2.CancelReason.keys()}  # noqa: SIM118  # the same
    assert states == {*State, "UNSPECIFIED"}
    assert reasons == {*Order.CancelReason, "UNSPECIFIED"}


@pytest.mark.django_db
def test_the_database_allows_the_moves_of_the_table_and_no_other(product: MakeProduct) -> None:
    product("MUG", stock=100)
    for start, to in pairs(State, State):
        if start == to:
            continue
        order = Order.objects.get(id=place({"MUG": 1}).id)
        for step in path_to(start):
            Order.objects.filter(id=order.id).update(**columns(step))
        moved = Order.objects.filter(id=order.id)
        if to in ALLOWED[start]:
            moved.update(**columns(to))
            continue
        with pytest.raises(IntegrityError, match=f"from {start} to {to}"), transaction.atomic():
            moved.update(**columns(to))
        order.state = start
        with pytest.raises(TransitionRefused, match=f"from {start} to {to}"):
            check_transition(order, to)


def path_to(state: State) -> list[State]:
    """The states on the way there from PENDING."""
    if state == State.PENDING:
        return []
    before = next(State(start) for start in ALLOWED if state in ALLOWED[start])
    return [*path_to(before), state]
