from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.db.models import UUIDField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache

from mesh.admin import audit, single_sign_on, sites
from mesh.admin import login as entry
from mesh.admin.cells import ids_written
from mesh.admin.login import SignInForm
from mesh.admin.model_admin import Page
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY
from mesh.admin.trail import trail
from mesh.core.errors import DomainError

LATEST = 10
OF_ALL = ("mail", "outbox", "admin", "mesh_admin")


class Site(AdminSite):
    """The pages of one service, for its staff."""

    site_url = None
    login_form = SignInForm  # type: ignore[assignment]  # it wants one with Django's own fields
    login_template = "mesh_admin/sign_in.html"
    logout_template = "mesh_admin/signed_out.html"
    index_template = "mesh_admin/index.html"
    index_title = "Overview"
    enable_nav_sidebar = False
    empty_value_display = ""

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        own = settings.SERVICE
        return {
            **super().each_context(request),
            "site_title": sites.name_of(own),
            "site_header": "Staff",
            "sites": [
                (sites.name_of(service), f"{origin}/", service == own)
                for service, origin in settings.ADMIN_SITES.items()
            ],
        }

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Staff) and request.user.may(ANY)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Passwords are changed where accounts are."""
        of_django = [one for one in super().get_urls() if "password" not in str(one.pattern)]
        return [
            path("find/", self.admin_view(self.find), name="find"),
            path("authorize/", never_cache(self.authorize), name="authorize"),
            path("arrive/", never_cache(self.arrive), name="arrive"),
            *of_django,
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Returns the apps with pages that staff may see, each page under its heading."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            for model in app["models"]:
                page: Any = self._registry[model["model"]]
                model["name"] = capfirst(page.heading)
        # What a service alone has comes first, then what all have.
        return sorted(
            apps,
            key=lambda app: OF_ALL.index(label) if (label := app["app_label"]) in OF_ALL else -1,
        )

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        pages = [
            page
            for page in self._registry.values()
            if isinstance(page, Page) and page.has_view_permission(request)
        ]
        context = {
            "tiles": [
                (tile, page.list_url + tile.query) for page in pages for tile in page.tiles()
            ],
            "lately": trail(request, audit.latest()[:LATEST], of_rows=True),
        }
        return super().index(request, context)

    def find(self, request: HttpRequest) -> HttpResponse:
        """Leads to the row with an id, whatever it is a row of; the id may be short or begun."""
        term = request.GET.get("id", "")
        if written := ids_written(term):
            first, last, tail = written
            for page in self._pages_by_id(request):
                rows = page.get_queryset(request).filter(pk__range=(first, last), pk__endswith=tail)
                if row := rows.first():
                    return HttpResponseRedirect(page.url_of(row))
        query = urlencode({"id": term})
        context = {
            **self.each_context(request),
            "title": "Nothing found here",
            "term": term,
            "elsewhere": [
                (sites.name_of(service), f"{origin}{request.path}?{query}")
                for service, origin in settings.ADMIN_SITES.items()
                if written and service != settings.SERVICE
            ],
        }
        return TemplateResponse(request, "mesh_admin/not_found.html", context, status=404)

    def _pages_by_id(self, request: HttpRequest) -> Iterator[Page]:
        for page in self._registry.values():
            by_id = isinstance(page.opts.pk, UUIDField)
            if by_id and isinstance(page, Page) and page.has_view_permission(request):
                yield page

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the form, where sign-in is not that of another service's pages."""
        issuing = single_sign_on.issuing_site(request)
        if issuing and request.method == "GET":
            return single_sign_on.ask(request, issuing, request.GET.get("next", ""))
        response = super().login(request, {"title": "Sign in", **(extra_context or {})})
        granted = getattr(request, "staff_session", None)
        if granted is not None and isinstance(request.user, Staff):
            entry.begin(request.session, request.user, granted)
        return response

    def authorize(self, request: HttpRequest) -> HttpResponse:
        try:
            return single_sign_on.answer(request)
        except DomainError as error:
            return self._sign_in_page(request, error)

    def arrive(self, request: HttpRequest) -> HttpResponse:
        try:
            return single_sign_on.arrive(request)
        except DomainError as error:
            return self._sign_in_page(request, error)

    def _sign_in_page(self, request: HttpRequest, error: DomainError) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": "Sign in",
            "form": SignInForm(request),
            "app_path": f"{reverse('admin:login')}?{single_sign_on.HERE}",
            "problem": error.detail,
        }
        return TemplateResponse(request, self.login_template, context, status=403)

    def logout(  # type: ignore[override]  # the stubs want a response rendered already
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            entry.end(request.session)
        return super().logout(request, {"title": "Signed out", **(extra_context or {})})
