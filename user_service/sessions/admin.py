from django.contrib.admin import display, register
from django.utils import timezone
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.cells import badge, link
from mesh.admin.model_admin import Page
from mesh.context import caller
from user_service.accounts.authority import require_authority
from user_service.sessions import actions
from user_service.sessions.models import Session


def _revoke(session: Session, _: Answers) -> None:
    require_authority(caller(), session.user)
    actions.revoke_session(session_id=session.id, user_id=session.user_id)


def _is_live(session: Session) -> bool:
    return (
        session.revoked_time is None
        and session.token_version == session.user.token_version
        and session.expire_time > timezone.now()
    )


@register(Session)
class SessionPage(Page):
    """Sessions of all accounts; those of staff at the services' pages are among them."""

    scope = "users.read"
    list_display = ("ref", "owner", "standing", "create_time", "expire_time")
    list_select_related = ("user",)
    fields = ("whole_id", "owner", "standing", "create_time", "expire_time", "revoked_time")
    readonly_fields = ("whole_id", "owner", "standing")
    find_by = ("id", "user")
    search_help_text = "The id of a session or of a user: whole, or how it begins."
    row_actions = {
        "revoke": RowAction("Revoke", "was revoked", _revoke, "users.write", fits=_is_live)
    }

    @display(description="user")
    def owner(self, session: Session) -> SafeString | str:
        return link(session.user_id, text=session.user.username or "")

    @display(description="standing")
    def standing(self, session: Session) -> SafeString:
        if session.revoked_time is not None:
            return badge("Revoked", "over")
        if session.token_version != session.user.token_version:
            return badge("Ended by a new password or a lock", "over")
        return badge("Live", "good") if _is_live(session) else badge("Expired", "over")
