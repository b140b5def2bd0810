"""Decides whether the contract lets a caller make a call.

A user is known by a verified access token, a service by a verified service token.
`authorize` is the one decision, taken by services as default deny and by the edge before
the call. An object of another user is NOT_FOUND, so that its existence stays unknown.
"""

from dataclasses import dataclass

from google.protobuf import message

from mesh.contract.model import Access
from mesh.core.errors import NotFound, PermissionDenied, Unauthenticated

ME = "me"


class TokenMissing(Unauthenticated):
    reason = "TOKEN_MISSING"


@dataclass(frozen=True, slots=True)
class Caller:
    """`user_id` is empty without a user, `service` without a service's identity.

    An edge call on a user's behalf has both. `token_version` is the access token's, 0 for
    one from before tokens had it; see mesh.auth.revocations.
    """

    user_id: str = ""
    scopes: frozenset[str] = frozenset()
    service: str = ""
    token_version: int = 0

    @property
    def subject(self) -> str:
        """Returns in whose name the call is made: the user before the service."""
        return self.user_id or self.service

    def may_see_all(self, access: Access) -> bool:
        """Returns whether the rule lets the caller see rows of any owner."""
        return self.has_scope(access.staff_scope) or self.service in access.services

    def has_scope(self, scope: str) -> bool:
        return bool(scope) and scope in self.scopes


NOBODY = Caller()


def authorize(access: Access, caller: Caller, request: message.Message) -> None:
    """Lets the caller pass, or raises.

    With an owner field, `me` (and for a user without the scope: nothing) is replaced by
    the caller's own id in the request. Raises TokenMissing, also for `me` without a user,
    PermissionDenied, or NotFound when the owner named is somebody else.
    """
    if access.owner_field:
        _resolve_owner(access, caller, request)
    if access.anyone or caller.may_see_all(access):
        return
    if not caller.user_id:
        if caller.service and access.internal:
            raise PermissionDenied(f"{caller.service} is not admitted")
        raise TokenMissing("sign in first: this needs an access token")
    if access.signed_in:
        return
    if not access.owner_field:
        raise PermissionDenied("this is not yours to do")
    owner = _owner(access, request)
    if getattr(owner, access.owner_field[-1]) != caller.user_id:
        raise NotFound("there is no such resource")


def _owner(access: Access, request: message.Message) -> message.Message:
    for name in access.owner_field[:-1]:
        request = getattr(request, name)
    return request


def _resolve_owner(access: Access, caller: Caller, request: message.Message) -> None:
    owner, name = _owner(access, request), access.owner_field[-1]
    value = getattr(owner, name)
    implied = value == "" and not caller.may_see_all(access)
    if caller.user_id and (value == ME or implied):
        setattr(owner, name, caller.user_id)
    elif value == ME:
        raise TokenMissing("`me` is nobody without an access token")
