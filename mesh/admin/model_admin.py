"""The base of the pages of all services."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets, display
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet, UUIDField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from mesh.admin import audit, auth_client
from mesh.admin.actions import RowAction
from mesh.admin.cells import badge, ids_written, link, short, short_id, whole_id
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY
from mesh.admin.tiles import MOST_COUNTED, Tile
from mesh.admin.trail import MOST, trail
from mesh.core.errors import DomainError


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in stubs only
    """Counts no further than staff would turn pages: counting all rows reads all rows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[:MOST_COUNTED].count()
        return counted


class Page(ModelAdmin):  # type: ignore[type-arg]  # the same
    """Rows to look at, newest first, for staff with the `scope`; `row_actions` change them.

    `find_by` names the columns, each with an index, that what is searched for is equal to; an
    id may also be given as it is shown in lists, or begun. `people` names the columns with ids of
    users, who are shown by name to staff that may read accounts. `tones` says how states look.
    """

    scope = ANY
    row_actions: Mapping[str, RowAction] = {}
    find_by: Sequence[str] = ("id",)
    people: Sequence[str] = ()
    tones: Mapping[str, str] = {}

    ordering = ("-pk",)
    sortable_by = ()  # by nothing else: a click must not sort a whole table
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator
    change_form_template = "mesh_admin/row.html"
    change_list_template = "mesh_admin/list.html"

    @property
    def heading(self) -> str:
        """Returns what the rows are called in navigation."""
        return str(self.opts.verbose_name_plural)

    def tiles(self) -> Sequence[Tile]:
        """Returns figures for the first page."""
        return ()

    @property
    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def url_of(self, row: Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[row.pk])

    def named(self, row: Any) -> str:
        """Returns what a row is called in headings and messages."""
        return f"{self.opts.verbose_name} {short(row.pk)}"

    @display(description="id")
    def ref(self, row: Any) -> SafeString:
        return short_id(row.pk)

    @display(description="id")
    def whole_id(self, row: Any) -> SafeString:
        return whole_id(row.pk)

    @display(description="state")
    def badge(self, row: Any) -> SafeString:
        return badge(row.get_state_display(), self.tones.get(row.state, "over"))

    def person(self, row: Any, column: str) -> SafeString | str:
        """Returns a link to a user by name, or by id where that is unknown."""
        user_id = getattr(row, column)
        return link(user_id, auth_client.issuer(), row.usernames.get(user_id, ""))

    def name_people(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Gives rows the names of the users in them, read at once for all."""
        staff: Any = request.user
        ids = {getattr(row, column) for row in rows for column in self.people} - {None}
        names = auth_client.usernames(staff, ids) if ids else {}
        for row in rows:
            row.usernames = names

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return super().changelist_view(request, {"title": capfirst(self.heading)})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        self.name_people(request, changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        row = super().get_object(request, *args, **options)
        if row is not None:
            self.name_people(request, [row])
        return row

    def may(self, request: HttpRequest, scope: str) -> bool:
        return isinstance(request.user, Staff) and request.user.may(scope)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.scope)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            name: (row_action, name, row_action.title)
            for name, row_action in self.row_actions.items()
            if self.may(request, row_action.scope)
        }

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(self.find_by)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.found_by(term)) if term else queryset), False

    def found_by(self, term: str) -> Q:
        """Returns the filter for a term; no row, for one that can be in none of the columns."""
        found = Q(pk__in=[])
        for name in self.find_by:
            found |= self.holds(name, term)
        return found

    def holds(self, name: str, term: str) -> Q:
        """Returns the filter for a term in one column."""
        field: Any = self.opts.get_field(name)
        if field.is_relation:
            name, field = f"{name}__{field.target_field.name}", field.target_field
        if isinstance(field, UUIDField):
            return _within(name, term)
        try:
            field.to_python(term)
        except ValidationError:
            return Q(pk__in=[])
        return Q(**{name: term})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            context = self._of_row(request, object_id) if object_id else {}
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def _of_row(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Returns the heading of a row's page, and what may be done to the row now."""
        row = self.get_object(request, object_id)
        if row is None:
            return {}
        offered = [
            (name, title)
            for row_action, name, title in self.get_actions(request).values()
            if row_action.fits(row)
        ]
        return {
            "title": capfirst(self.named(row)),
            "subtitle": None,
            "row_actions": offered,
            "trail": trail(request, audit.entries_about(row)[:MOST]),
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        trail = reverse("admin:admin_logentry_changelist")
        return HttpResponseRedirect(f"{trail}?{urlencode({'q': unquote(object_id)})}")

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        staff: Any = request.user
        return audit.note(staff, obj, message, flag=ADDITION)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        staff: Any = request.user
        return audit.note(staff, obj, message)


def _within(name: str, term: str) -> Q:
    """Returns the filter for an id that is whole, short or begun, by a range of its index."""
    ids = ids_written(term)
    if ids is None:
        return Q(pk__in=[])
    first, last, tail = ids
    return Q(**{f"{name}__range": (first, last), f"{name}__endswith": tail})
