"""Running what the outbox owes, at once and in this thread."""

from django.db.models.functions import Now

from mesh.mail.models import Mail
from mesh.outbox.models import Step
from mesh.outbox.runner import run_steps


def run_owed(*kinds: str) -> None:
    """Run the steps of these kinds that are due now, and what follows them in their keys."""
    pending = Step.objects.filter(kind__in=kinds, state=Step.State.PENDING)
    run_steps([step.id for step in pending.order_by("seq")])


def let_time_pass() -> None:
    """As long as every back-off and every lease lasts."""
    steps = Step.objects.filter(state=Step.State.PENDING)
    steps.update(next_at=Now(), ring_at=Now(), lease_token=None, lease_until=None)


def mails() -> list[str]:
    return [mail.template for mail in Mail.objects.order_by("create_time")]
