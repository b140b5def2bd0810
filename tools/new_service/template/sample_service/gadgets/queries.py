from uuid import UUID

from mesh.contract.pagination import page
from sample_service.gadgets.errors import GadgetNotFound
from sample_service.gadgets.models import Gadget


def gadget(*, gadget_id: UUID) -> Gadget:
    """Returns a gadget. Raises GadgetNotFound."""
    found = Gadget.objects.filter(id=gadget_id).first()
    if found is None:
        raise GadgetNotFound("there is no such gadget")
    return found


def gadgets_page(*, size: int, token: str) -> tuple[list[Gadget], str]:
    """Returns a page of gadgets, newest first, and the token of the next page.

    Raises PageTokenInvalid.
    """
    return page(Gadget.objects.all(), "gadgets", size=size, token=token)
