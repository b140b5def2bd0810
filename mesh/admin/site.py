from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from mesh.admin import login as entry
from mesh.admin.login import SignInForm
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY


class Site(AdminSite):
    """The pages of one service, for its staff."""

    site_url = None
    login_form = SignInForm  # type: ignore[assignment]  # it wants one with Django's own fields
    login_template = "mesh_admin/sign_in.html"
    index_title = "Pages"
    empty_value_display = "-"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = settings.SERVICE.replace("_", " ").capitalize()
        return {**super().each_context(request), "site_title": name, "site_header": name}

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Staff) and request.user.may(ANY)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Passwords are changed where accounts are."""
        return [one for one in super().get_urls() if "password" not in str(one.pattern)]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().login(request, extra_context)
        granted = getattr(request, "staff_session", None)
        if granted is not None and isinstance(request.user, Staff):
            entry.begin(request.session, request.user, granted)
        return response

    def logout(  # type: ignore[override]  # the stubs want a response rendered already
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            entry.end(request.session)
        return super().logout(request, extra_context)
