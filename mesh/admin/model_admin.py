"""The base of the pages of all services."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mesh.admin import audit
from mesh.admin.actions import RowAction
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY
from mesh.core.errors import DomainError

MOST_COUNTED = 5_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in stubs only
    """Counts no further than staff would turn pages: counting all rows reads all rows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[:MOST_COUNTED].count()
        return counted


class Page(ModelAdmin):  # type: ignore[type-arg]  # the same
    """Rows to look at, newest first, for staff with the `scope`; `row_actions` change them.

    `find_by` names the columns, each with an index, that what is searched for is equal to.
    """

    scope = ANY
    row_actions: Mapping[str, RowAction] = {}
    find_by: Sequence[str] = ("id",)

    ordering = ("-pk",)
    sortable_by = ()  # by nothing else: a click must not sort a whole table
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator
    change_form_template = "mesh_admin/row.html"

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
            if self.may_hold(name, term):
                found |= Q(**{name: term})
        return found

    def may_hold(self, name: str, term: str) -> bool:
        try:
            field: Any = self.opts.get_field(name)
            field.to_python(term)
        except ValidationError:
            return False
        return True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            context = {"row_actions": self._offered(request, object_id)}
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def _offered(self, request: HttpRequest, object_id: str | None) -> list[tuple[str, str]]:
        """Returns the names and titles of what may be done to the row that is shown."""
        row = self.get_object(request, object_id) if object_id else None
        return [
            (name, title)
            for row_action, name, title in self.get_actions(request).values()
            if row is None or row_action.fits(row)
        ]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        staff: Any = request.user
        return audit.note(staff, obj, message, flag=ADDITION)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        staff: Any = request.user
        return audit.note(staff, obj, message)


# Small tables inside a row's page, for rows that belong to it.


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """Returns an HTML table, its cells escaped."""
    return format_html(
        "<table><thead>{}</thead><tbody>{}</tbody></table>",
        _row("th", headings),
        format_html_join("", "{}", ([_row("td", cells)] for cells in rows)),
    )


def _row(tag: str, cells: Sequence[object]) -> SafeString:
    shown = ((tag, "-" if cell in (None, "") else cell, tag) for cell in cells)
    return format_html("<tr>{}</tr>", format_html_join("", "<{}>{}</{}>", shown))
