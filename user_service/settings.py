"""The user service's settings; what the environment must hold is in `mesh.runtime.settings`."""

from mesh.core import config
from mesh.runtime.settings import APPS, account_pages_url, service

globals().update(service("user_service"))

INSTALLED_APPS = [
    *APPS,
    "user_service.accounts",
    "user_service.credentials",
    "user_service.sessions",
]
ACCOUNT_PAGES_URL = account_pages_url()
MAIL_UNVERIFIED_PER_HOUR = config.integer(
    "ACCOUNT_MAILS_PER_HOUR",
    5,
    about="Mails about accounts that an address gets each hour which nobody verified; further"
    " ones are dropped.",
)
LOGIN_FREE_PER_ADDRESS = config.integer(
    "LOGIN_FREE_PER_ADDRESS",
    100,
    about="Wrong sign-ins that an address has free each hour; many people may share one.",
)
# Argon2id with OWASP's parameters, in one lane: as many run at once as there are threads.
ARGON2_TIME_COST = 2
ARGON2_MEMORY_KIB = 19 * 1024
PASSWORD_HASHERS = ["user_service.accounts.passwords.Argon2id"]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "full_name")},
    },
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
