from django.contrib.admin import display, register
from django.utils import timezone

from mesh.admin.actions import Answers, RowAction
from mesh.admin.model_admin import Page
from mesh.context import caller
from user_service.accounts.authority import require_authority
from user_service.sessions import actions
from user_service.sessions.models import Session


def _revoke(session: Session, _: Answers) -> None:
    require_authority(caller(), session.user)
    actions.revoke_session(session_id=session.id, user_id=session.user_id)


@register(Session)
class SessionPage(Page):
    """Sessions of all accounts; those of staff at the services' pages are among them."""

    scope = "users.read"
    list_display = ("id", "user_id", "create_time", "expire_time", "standing")
    list_select_related = ("user",)
    fields = ("id", "user_id", "create_time", "expire_time", "revoked_time", "standing")
    readonly_fields = ("user_id", "standing")
    find_by = ("id", "user")
    search_help_text = "The id of a session or of a user."
    row_actions = {"revoke": RowAction("Revoke", _revoke, "users.write")}

    @display(description="standing")
    def standing(self, session: Session) -> str:
        if session.revoked_time is not None:
            return "revoked"
        if session.token_version != session.user.token_version:
            return "ended by a new password or a lock"
        return "live" if session.expire_time > timezone.now() else "expired"
