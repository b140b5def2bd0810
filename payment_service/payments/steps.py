from uuid import UUID

from mesh.outbox.errors import Park
from mesh.outbox.steps import StepContext
from payment_service.payments import actions, queries
from payment_service.payments.errors import RefundFailed


def finish_refund(step: StepContext) -> None:
    """Asks the provider again for a refund whose caller may never have learnt its outcome."""
    actions.finish_refund(queries.refund(UUID(step.payload["refund_id"])))


def finish_void(step: StepContext) -> None:
    """Sees a void through whose caller may be gone; what the provider refuses is parked."""
    try:
        actions.finish_void(queries.payment(UUID(step.payload["payment_id"])))
    except RefundFailed as error:
        raise Park("the provider refused to pay back a voided payment") from error


def reconcile_event(step: StepContext) -> None:
    """Compares what the provider reported with what is written down here."""
    actions.reconcile_event(event_id=step.payload["event_id"])
