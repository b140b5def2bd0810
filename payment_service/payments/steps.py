from uuid import UUID

import structlog

from mesh.contract.money import Amount
from mesh.core.errors import RemoteError
from mesh.core.failpoints import failpoint
from mesh.outbox.errors import Park
from mesh.outbox.steps import StepContext
from payment_service.payments import actions, clients, queries
from payment_service.payments.errors import RefundFailed

log = structlog.get_logger("payments")


def finish_refund(step: StepContext) -> None:
    """Asks the provider again for a refund whose caller may never have learnt its outcome."""
    actions.finish_refund(queries.refund(UUID(step.payload["refund_id"])))


def report_refund(step: StepContext) -> None:
    """Tells the order what had been paid back for it when the step was enqueued.

    An order that is not there, as after a restore, has nobody to tell. One that was not paid
    by this payment waits for a person.
    """
    payment = queries.payment(UUID(step.payload["payment_id"]))
    refunded = Amount(step.payload["refunded_minor"], payment.currency)
    try:
        clients.record_refund(order_id=payment.order_id, payment_id=payment.id, refunded=refunded)
    except RemoteError as error:
        if error.reason == "REFUND_MISMATCH":
            raise Park("the order was not paid by this payment") from error
        if error.reason != "ORDER_NOT_FOUND":
            raise
        log.warning("refund_of_no_order", order_id=str(payment.order_id))
    failpoint("payment.refund.reported")


def finish_void(step: StepContext) -> None:
    """Sees a void through whose caller may be gone; what the provider refuses is parked."""
    try:
        actions.finish_void(queries.payment(UUID(step.payload["payment_id"])))
    except RefundFailed as error:
        raise Park("the provider refused to pay back a voided payment") from error


def reconcile_event(step: StepContext) -> None:
    """Compares what the provider reported with what is written down here."""
    actions.reconcile_event(event_id=step.payload["event_id"])
