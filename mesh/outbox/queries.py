from django.db.models import QuerySet

from mesh.outbox.models import Step


def parked() -> QuerySet[Step]:
    """The steps that wait for an operator, oldest first."""
    return Step.objects.filter(state=Step.State.PARKED).order_by("seq")
