"""Checks that the SMTP server accepts a connection and a sign-in; sends no mail."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import get_connection

from mesh.checks.findings import Finding, failed, first_line, ok


def mail() -> Iterator[Finding]:
    at = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection()
    try:
        connection.open()
        connection.close()
    except smtplib.SMTPAuthenticationError as error:
        yield failed(
            f"the SMTP server {at} refuses our name and password ({error.smtp_code})",
            "mend SMTP_URL",
        )
    except (smtplib.SMTPException, OSError) as error:
        yield failed(
            f"the SMTP server {at} can't be reached: {first_line(error)}",
            "start it, or mend SMTP_URL",
        )
    else:
        yield ok(f"the SMTP server {at} takes our mail")
