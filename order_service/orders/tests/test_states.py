import pytest

from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order
from order_service.orders.states import ALLOWED, State, check_move


def test_every_state_says_where_it_leads() -> None:
    assert set(ALLOWED) == set(State)


@pytest.mark.parametrize("end", [State.CONFIRMED, State.CANCELLED])
def test_an_end_is_reached_from_pending_and_left_by_nothing(end: State) -> None:
    check_move(Order(state=State.PENDING), end)
    for to in State:
        with pytest.raises(TransitionRefused, match=f"from {end} to {to}"):
            check_move(Order(state=end), to)
