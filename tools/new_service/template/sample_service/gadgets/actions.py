from django.db import transaction

from sample_service.gadgets.models import Gadget


@transaction.atomic
def create_gadget(*, title: str) -> Gadget:
    """Adds a gadget."""
    created = Gadget.objects.create(title=title)
    created.refresh_from_db(fields=["create_time"])
    return created
