"""The URLs of a service's pages. Loading them loads the pages of all its apps."""

from pathlib import Path

import django.contrib.admin
from django.conf import settings
from django.contrib.admin import autodiscover, site
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.static import serve

ASSETS = Path(django.contrib.admin.__path__[0]) / "static"
OWN_ASSETS = Path(__file__).parent / "static"


def livez(_: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


autodiscover()
site.unregister(Group)  # Django's own; scopes say here who may do what
STATIC = settings.STATIC_URL[1:]
urlpatterns = [
    path("livez", livez),
    re_path(f"^{STATIC}(?P<path>mesh_admin/.+)$", serve, {"document_root": OWN_ASSETS}),
    path(f"{STATIC}<path:path>", serve, {"document_root": ASSETS}),
    path("", site.urls),
]
