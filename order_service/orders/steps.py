"""The steps that orders owe."""

from uuid import UUID

from mesh.outbox.steps import StepContext
from order_service.orders import clients, queries
from order_service.orders.actions import cancel_order, confirm_order
from order_service.orders.models import Order


def charge_order(step: StepContext) -> None:
    """Charge a pending order, and end it as the answer says together with this step.

    Wherever it is cut off, it is run again and asks for the same charge: payment answers
    with that charge's outcome. What is no answer (payment down, its provider's outcome
    unknown) is raised, for the outbox to ask again.
    """
    order = queries.order(order_id=UUID(step.payload["order_id"]))
    if order.state != Order.State.PENDING:
        return
    match clients.capture_payment(order):
        case clients.Captured(payment_id):
            with step.finishing():
                confirm_order(order_id=order.id, payment_id=payment_id)
        case clients.Declined():
            with step.finishing():
                cancel_order(order_id=order.id, reason=Order.CancelReason.PAYMENT_DECLINED)
