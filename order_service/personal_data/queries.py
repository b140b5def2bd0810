"""What the service keeps about one person, put together for that person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from mesh.contract.pagination import page
from mesh.mail.models import Mail
from order_service.orders import emails
from order_service.orders.models import Order, OrderEvent
from order_service.orders.queries import events_after
from order_service.orders.states import STEP_FOR_STATE


@dataclass(frozen=True)
class Held:
    """A page of a person's orders, with what belongs to them."""

    orders: Sequence[Order]
    events: Sequence[OrderEvent]
    mails: Sequence[tuple[Order, Mail]]
    next_page_token: str


def held_about(*, user_id: UUID, token: str) -> Held:
    """Raises PageTokenInvalid."""
    rows = Order.objects.filter(user_id=user_id).prefetch_related("items")
    orders, next_page_token = page(rows, "personal data", user_id, size=0, token=token)
    return Held(
        orders=orders,
        events=events_after(positions={str(order.id): 0 for order in orders}),
        mails=emails.about(orders),
        next_page_token=next_page_token,
    )


def is_under_way(*, user_id: UUID) -> bool:
    """Returns whether an order of the person is in a state in which none stays."""
    return Order.objects.filter(user_id=user_id, state__in=STEP_FOR_STATE).exists()


def pending_for_update(*, user_id: UUID, size: int) -> list[Order]:
    """Returns the person's oldest PENDING orders with their items, locked."""
    rows = Order.objects.filter(user_id=user_id, state=Order.State.PENDING).order_by("id")
    return list(rows.select_for_update(no_key=True).prefetch_related("items")[:size])
