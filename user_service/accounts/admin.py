from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.cells import badge, short, short_id
from mesh.admin.model_admin import Page
from mesh.admin.tiles import Tile, bounded_count, count_text, first_id_of_today
from mesh.context import caller
from user_service.accounts import actions
from user_service.accounts.models import User

WRITE = "users.write"


def _lock(user: User, _: Answers) -> None:
    actions.lock_user(user_id=user.id, by=caller())


def _unlock(user: User, _: Answers) -> None:
    actions.unlock_user(user_id=user.id, by=caller())


def _may_be_locked(user: User) -> bool:
    return user.lock_time is None and user.erased_time is None


def _may_be_unlocked(user: User) -> bool:
    return user.lock_time is not None


@register(User)
class UserPage(Page):
    scope = "users.read"
    list_display = ("name", "full_name", "email", "standing", "staff", "create_time")
    fields = (
        *("whole_id", "username", "full_name", "locale", "email", "email_verified"),
        *("pending_email", "standing", "staff_scopes"),
        *("create_time", "update_time", "lock_time", "erased_time"),
    )
    readonly_fields = ("whole_id", "standing")
    search_help_text = "A username, an e-mail address or an id: whole, or how it begins."
    row_actions = {
        "lock": RowAction("Lock", "was locked", _lock, WRITE, fits=_may_be_locked),
        "unlock": RowAction("Unlock", "was unlocked", _unlock, WRITE, fits=_may_be_unlocked),
    }

    def named(self, row: User) -> str:
        return f"user {row.username or short(row.pk)}"

    def tiles(self) -> list[Tile]:
        opened = bounded_count(User.objects.filter(id__gte=first_id_of_today()))
        return [Tile("accounts opened today", count_text(opened))]

    @display(description="user")
    def name(self, user: User) -> SafeString | str:
        return user.username or short_id(user.pk)

    @display(description="standing")
    def standing(self, user: User) -> SafeString:
        if user.erased_time is not None:
            return badge("Erased", "over")
        if user.lock_time is not None:
            return badge("Locked", "bad")
        verified = user.email_verified
        return badge("Verified" if verified else "Unverified", "good" if verified else "busy")

    @display(description="staff")
    def staff(self, user: User) -> SafeString | str:
        return badge("Staff", "over") if user.is_staff else ""

    def found_by(self, term: str) -> Q:
        """Finds by the indexes on how names and addresses begin."""
        begins = term.lower()
        name, address = Q(username__lower__startswith=begins), Q(email__lower__startswith=begins)
        return super().found_by(term) | name | address
