from django.contrib.admin import display, register
from django.db.models import Q

from mesh.admin.actions import Answers, RowAction
from mesh.admin.model_admin import Page
from mesh.context import caller
from user_service.accounts import actions
from user_service.accounts.models import User


def _lock(user: User, _: Answers) -> None:
    actions.lock_user(user_id=user.id, by=caller())


def _unlock(user: User, _: Answers) -> None:
    actions.unlock_user(user_id=user.id, by=caller())


@register(User)
class UserPage(Page):
    scope = "users.read"
    list_display = ("id", "username", "email", "email_verified", "staff", "lock_time")
    exclude = ("password_hash",)
    search_help_text = "An id, a username or an e-mail address, whole."
    row_actions = {
        "lock": RowAction("Lock", _lock, "users.write"),
        "unlock": RowAction("Unlock", _unlock, "users.write"),
    }

    @display(description="staff", boolean=True)
    def staff(self, user: User) -> bool:
        return user.is_staff

    def found_by(self, term: str) -> Q:
        """Finds by the indexes that keep names and addresses unique."""
        name = term.lower()
        return super().found_by(term) | Q(username__lower=name) | Q(email__lower=name)
