"""Erases a person, here at once and in the other services as soon as they are up."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.auth.access import Caller
from mesh.contract.updates import check_etag
from mesh.mail.actions import forget_contexts
from mesh.mail.locales import DEFAULT_LOCALE
from mesh.outbox.actions import enqueue
from mesh.rpc.idempotency.once import forget
from user_service.accounts import queries
from user_service.accounts.actions.step_up import use_reauthentication
from user_service.accounts.authority import require_authority
from user_service.accounts.models import User
from user_service.accounts.notices import Notice, tell_owner
from user_service.accounts.step_kinds import ERASE_ORDERS, ERASE_PAYMENTS

# Longer than an access token lives: then nothing new can come of a call under one.
ERASED_AGAIN_AFTER_S = 600


@transaction.atomic
def erase_user(*, user_id: UUID, etag: str, by: Caller, reauthentication_token: str) -> None:
    """Erases the person, ends its sessions, keeps the id, and notifies the former address.

    What the other services keep is erased by the steps enqueued here: at once, and again for
    what calls that were under way may have left there. Raises UserNotFound,
    StaffScopesInsufficient, EtagMismatch, ReauthenticationRequired.
    """
    user = queries.user_for_update(user_id)
    require_authority(by, user)
    check_etag(etag, user.etag)
    use_reauthentication(by=by, token=reauthentication_token)
    forget_contexts(user_id=user_id)
    tell_owner(user, Notice.ACCOUNT_ERASED)
    _forget_profile(user)
    _delete_belongings(user)
    forget(mentioning=user_id)  # the answer to the registration carries the profile
    _enqueue_erasure_elsewhere(user_id)


def _forget_profile(user: User) -> None:
    user.save_as_next_version(
        username=None,
        email=None,
        pending_email=None,
        email_verified=False,
        full_name="",
        locale=DEFAULT_LOCALE,
        password_hash="",
        staff_scopes=[],
        lock_time=None,
        token_version=user.token_version + 1,
        erased_time=Now(),
    )


def _delete_belongings(user: User) -> None:
    """Deletes what other apps keep of the account: by its foreign keys, so that none is missed."""
    for relation in User._meta.related_objects:  # noqa: SLF001  # documented in spite of its name
        rows = relation.related_model._default_manager  # noqa: SLF001  # the same
        rows.filter(**{relation.field.name: user}).delete()


def _enqueue_erasure_elsewhere(user_id: UUID) -> None:
    for kind in (ERASE_ORDERS, ERASE_PAYMENTS):
        for delay_s in (0, ERASED_AGAIN_AFTER_S):
            enqueue(kind, {"user_id": str(user_id)}, key=f"{kind}:{user_id}", delay_s=delay_s)
