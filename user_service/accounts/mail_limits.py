"""How many mails an account can have sent to addresses: its owner can name anybody's.

How many one address gets, from whichever accounts, is in `mesh.mail.limits`.
"""

from datetime import timedelta

from django.db.models.functions import Now

from mesh.mail import limits
from mesh.mail.models import Mail
from user_service.accounts.errors import MailLimitReached
from user_service.accounts.models import User

VERIFY_EMAIL = "verify_email"
MOST_A_DAY = 10
DAY = timedelta(days=1)


def has_had_enough(user: User, template: str) -> bool:
    """Returns whether the account had as many mails of this kind today as it may have."""
    queued = Mail.objects.filter(user_id=user.id, template=template)
    return queued.filter(create_time__gt=Now() - DAY)[MOST_A_DAY - 1 : MOST_A_DAY].exists()


def require_room(user: User, address: str) -> None:
    """Raises MailLimitReached when the next mail to verify an address with has to wait."""
    if has_had_enough(user, VERIFY_EMAIL):
        wait_s = DAY.total_seconds()
        raise MailLimitReached("this account has had enough mails today", retry_after_s=wait_s)
    if limits.has_had_enough(address):
        wait_s = limits.PERIOD.total_seconds()
        raise MailLimitReached("this address has had enough mails", retry_after_s=wait_s)
