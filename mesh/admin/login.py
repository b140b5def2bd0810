"""Signs staff in, and out again when the account is no longer staff."""

import time
from typing import Any
from uuid import UUID

import structlog
from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.backends import BaseBackend
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from google.rpc import code_pb2

from mesh.admin import audit, auth_client
from mesh.admin.auth_client import StaffSession
from mesh.admin.models import Staff
from mesh.admin.scopes import ANY, OF_MARKET
from mesh.auth.tokens import TokenRevoked
from mesh.core.errors import DomainError, PermissionDenied

ASKED_AGAIN_AFTER_S = 60.0
_AWAY = {code_pb2.UNAVAILABLE, code_pb2.DEADLINE_EXCEEDED}

log = structlog.get_logger("admin")


class NotStaffHere(PermissionDenied):
    reason = "NOT_STAFF_HERE"


def authorize(granted: StaffSession) -> Staff:
    """Returns the owner's row. Raises NotStaffHere.

    Where accounts are, all staff of the market signs in, and goes on to where it has pages.
    """
    staff, _ = Staff.objects.update_or_create(
        id=granted.user_id, defaults={"scopes": sorted(granted.scopes)}
    )
    if not staff.may(OF_MARKET if auth_client.issuer() == settings.SERVICE else ANY):
        raise NotStaffHere("this account is not staff of this service")
    return staff


def begin(session: SessionBase, staff: Staff, granted: StaffSession) -> None:
    """Keeps the session of a user who has just signed in, and notes the sign-in."""
    remember(session, granted)
    session["name"] = auth_client.usernames(staff, [staff.pk]).get(staff.pk, "")
    audit.note(staff, staff, "Signed in")


def remember(session: SessionBase, granted: StaffSession) -> None:
    session["refresh_token"], session["asked_s"] = granted.refresh_token, time.time()
    session["token_version"] = granted.token_version


def end(session: SessionBase) -> None:
    """Revokes the session of a user who signs out, if its issuer can be reached."""
    try:
        auth_client.revoke(session.get("refresh_token", ""))
    except DomainError as error:
        log.warning("session_not_revoked", reason=error.reason)


def check(request: HttpRequest) -> None:
    """Signs out a user who is no longer staff of this service.

    A lock, an erasure or a new password is known within seconds. The session is also renewed
    once a minute; while its issuer is away, the scopes last read hold until the session ends.
    """
    session = request.session
    if auth_client.was_ended(request.user.pk, session.get("token_version", 0)):
        _sign_out(request, TokenRevoked.reason)
        return
    if time.time() - session.get("asked_s", 0.0) < ASKED_AGAIN_AFTER_S:
        return
    try:
        granted = auth_client.renewed(session.get("refresh_token", ""))
        request.user = authorize(granted)
    except DomainError as error:
        if error.code not in _AWAY:
            _sign_out(request, error.reason)
        return
    remember(session, granted)


def _sign_out(request: HttpRequest, reason: str) -> None:
    log.info("staff_signed_out", reason=reason)
    logout(request)


class SignInForm(forms.Form):
    """Replaces the form of Django's admin, which has no second factor."""

    username = forms.CharField(
        label="Username or e-mail address",
        max_length=254,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label="Code, if the account has a second factor",
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._staff: Staff | None = None
        self._request: Any = request

    def clean(self) -> None:
        values = super().clean() or {}
        if self.errors:
            return
        try:
            granted = auth_client.issued(
                login=values["username"], password=values["password"], code=values["code"]
            )
            try:
                self._staff = authorize(granted)
            except NotStaffHere:
                auth_client.revoke(granted.refresh_token)
                raise
            self._request.staff_session = granted
        except DomainError as error:
            raise ValidationError(error.detail, code=error.reason) from error

    def get_user(self) -> Staff | None:
        """Returns who signed in, once the form is valid."""
        return self._staff


class KnownStaff(BaseBackend):
    """Loads the user of a session. It authenticates nobody: the sign-in form does."""

    def get_user(self, user_id: UUID) -> Staff | None:
        return Staff.objects.filter(id=user_id).first()
