"""The URLs of a service's pages. Loading them loads the pages of all its apps."""

from pathlib import Path

import django.contrib.admin
from django.conf import settings
from django.contrib.admin import autodiscover, site
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.static import serve

ASSETS = Path(django.contrib.admin.__path__[0]) / "static"


def livez(_: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


autodiscover()
site.unregister(Group)  # Django's own; scopes say here who may do what
urlpatterns = [
    path("livez", livez),
    path(f"{settings.STATIC_URL[1:]}<path:path>", serve, {"document_root": ASSETS}),
    path("", site.urls),
]
