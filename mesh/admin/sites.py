"""Where the services have their pages, so that an id leads from one to another."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse


def url_of_id(row_id: UUID | str, service: str = "") -> str:
    """Returns the address that leads to the page of a row, of this service by default.

    Empty when ADMIN_SITES names no address for the service.
    """
    path = f"{reverse('admin:find')}?id={row_id}"
    if service in ("", settings.SERVICE):
        return path
    origin = settings.ADMIN_SITES.get(service, "")
    return f"{origin}{path}" if origin else ""


def name_of(service: str) -> str:
    """Returns a service's name for people: `Order service`."""
    return service.replace("_", " ").capitalize()
