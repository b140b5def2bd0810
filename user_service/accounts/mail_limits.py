"""How many mails an account can have sent to addresses: its owner can name anybody's.

How many one address gets, from whichever accounts, is in `mesh.mail.limits`.
"""

from datetime import timedelta

from django.db.models.functions import Now

from mesh.mail import limits
from mesh.mail.models import Mail
from user_service.accounts.errors import MailLimitReached
from user_service.accounts.models import User

VERIFY_EMAIL, RESET_PASSWORD = "verify_email", "reset_password"  # templates
MOST_A_DAY = 10
DAY = timedelta(days=1)


def has_sent_enough(user: User) -> bool:
    """Whether mails with tokens that the account caused today are as many as it may cause."""
    caused = Mail.objects.filter(user_id=user.id, template__in=[VERIFY_EMAIL, RESET_PASSWORD])
    return caused.filter(create_time__gt=Now() - DAY)[MOST_A_DAY - 1 : MOST_A_DAY].exists()


def require_room(user: User, address: str) -> None:
    """Raises MailLimitReached when the next mail to an unverified address has to wait."""
    if has_sent_enough(user):
        wait_s = DAY.total_seconds()
        raise MailLimitReached("this account has caused enough mails today", retry_after_s=wait_s)
    if limits.has_had_enough(address):
        wait_s = limits.PERIOD.total_seconds()
        raise MailLimitReached("this address has had enough mails", retry_after_s=wait_s)
