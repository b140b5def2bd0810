from uuid import UUID

from mesh.outbox.steps import StepContext
from user_service.credentials.actions.passwords import mail_reset


def reset_password(step: StepContext) -> None:
    """Queues the mail of a password reset; a repeat queues no second one."""
    with step.finishing():
        mail_reset(user_id=UUID(step.payload["user_id"]))
