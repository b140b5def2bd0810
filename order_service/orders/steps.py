"""The steps of orders: the charge and the void."""

from uuid import UUID

from mesh.core.errors import DomainError
from mesh.core.failpoints import failpoint
from mesh.outbox.steps import StepContext
from order_service.orders import clients, queries
from order_service.orders.actions import confirm_order, decline_order, end_cancelling
from order_service.orders.models import Order


def charge_order(step: StepContext) -> None:
    """Charges a pending order, and records the outcome together with this step.

    Wherever it is cut off, it is run again and asks for the same charge: payment answers
    with that charge's outcome. What is no answer (payment down, its provider's outcome
    unknown) is raised, for the outbox to ask again; unless the order was given up in the
    meantime, when the void after this step finds out what the charge came to.
    """
    order = _order_of(step)
    if order.state != Order.State.PENDING:
        return
    try:
        payment_id = clients.capture_payment(order)
    except DomainError:
        if _order_of(step).state == Order.State.PENDING:
            raise
        return
    failpoint("order.charge.answered")
    with step.finishing():
        if payment_id is None:
            decline_order(order_id=order.id)
        else:
            confirm_order(order_id=order.id, payment_id=payment_id)


def void_order(step: StepContext) -> None:
    """Ends the payment of a cancelled order, and the order together with this step.

    The payment service settles what the charge came to, however late that may arrive, so
    nothing is guessed here. What is no answer is raised, for the outbox to ask again.
    """
    order = _order_of(step)
    if order.state != Order.State.CANCELLING:
        return
    refunded_payment = clients.void_payment(order)
    failpoint("order.void.answered")
    with step.finishing():
        end_cancelling(order_id=order.id, refunded_payment=refunded_payment)


def _order_of(step: StepContext) -> Order:
    return queries.order(order_id=UUID(step.payload["order_id"]))
