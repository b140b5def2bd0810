"""The steps that erase an account in other services: see `accounts.actions.erase`."""

from uuid import UUID

from mesh.outbox.errors import RetryLater
from mesh.outbox.steps import StepContext
from user_service.personal_data import clients

# What is under way in another service takes a moment to end.
ASK_AGAIN_AFTER_S = 10.0


def erase_orders(step: StepContext) -> None:
    """Has the order service forget the person; retries until nothing is left to forget."""
    if not clients.erase_orders(UUID(step.payload["user_id"])):
        raise RetryLater(ASK_AGAIN_AFTER_S)


def erase_payments(step: StepContext) -> None:
    """Has the payment service forget the person; retries until nothing is left to forget."""
    if not clients.erase_payments(UUID(step.payload["user_id"])):
        raise RetryLater(ASK_AGAIN_AFTER_S)
