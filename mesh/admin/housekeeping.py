from django.db.models.functions import Now

from mesh.admin.models import SignIn

PRUNE_BATCH = 5_000


def prune() -> int:
    """Delete a batch of the sign-ins that expired; answers how many."""
    expired = SignIn.objects.filter(expire_date__lt=Now()).order_by("expire_date")
    keys = list(expired.values_list("session_key", flat=True)[:PRUNE_BATCH])
    return SignIn.objects.filter(session_key__in=keys).delete()[0]
