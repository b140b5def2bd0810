"""Letting staff in, and out again when its account no longer stands."""

import time

import structlog
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from google.rpc import code_pb2

from mesh.admin import audit, visa
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY
from mesh.admin.visa import Visa
from mesh.auth.tokens import TokenRevoked
from mesh.core.errors import DomainError, PermissionDenied

ASKED_AGAIN_AFTER_S = 60.0
_AWAY = {code_pb2.UNAVAILABLE, code_pb2.DEADLINE_EXCEEDED}

log = structlog.get_logger("admin")


class NotStaffHere(PermissionDenied):
    reason = "NOT_STAFF_HERE"


def let_in(granted: Visa) -> Staff:
    """The row of who has this visa. Raises NotStaffHere, and then ends the visa."""
    staff, _ = Staff.objects.update_or_create(
        id=granted.user_id, defaults={"scopes": sorted(granted.scopes)}
    )
    if not staff.may(ANY):
        visa.revoke(granted.refresh_token)
        raise NotStaffHere("this account is not staff of this service")
    return staff


def begin(session: SessionBase, staff: Staff, granted: Visa) -> None:
    """Staff has just signed in with this session."""
    remember(session, granted)
    audit.note(staff, staff, "Signed in")


def remember(session: SessionBase, granted: Visa) -> None:
    session["refresh_token"], session["asked_s"] = granted.refresh_token, time.time()
    session["token_version"] = granted.token_version


def end(session: SessionBase) -> None:
    """Staff signs out; its visa ends too, if its issuer can be told."""
    try:
        visa.revoke(session.get("refresh_token", ""))
    except DomainError as error:
        log.warning("visa_not_revoked", reason=error.reason)


def check(request: HttpRequest) -> None:
    """Sign out whoever is not staff here any more.

    A lock, an erasure or a new password is known within seconds. Once a minute the account
    is asked about too. While nobody answers, what was last heard of it holds, until the
    session ends.
    """
    session = request.session
    if visa.was_ended(request.user.pk, session.get("token_version", 0)):
        _sign_out(request, TokenRevoked.reason)
        return
    if time.time() - session.get("asked_s", 0.0) < ASKED_AGAIN_AFTER_S:
        return
    try:
        granted = visa.renewed(session.get("refresh_token", ""))
        request.user = let_in(granted)
    except DomainError as error:
        if error.code not in _AWAY:
            _sign_out(request, error.reason)
        return
    remember(session, granted)


def _sign_out(request: HttpRequest, reason: str) -> None:
    log.info("staff_signed_out", reason=reason)
    logout(request)
