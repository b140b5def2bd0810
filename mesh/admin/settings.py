"""Django's settings for the pages of a service's staff; see `mesh.admin`."""

from typing import Any
from urllib.parse import urlsplit

from mesh.core import config

APPS = [
    "django.contrib.auth",
    "django.contrib.messages",
    "mesh.admin",
    "mesh.admin.apps.PagesConfig",
]
WORKING_DAY_S = 8 * 3600
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# HTTPS is the proxy's before the pages: it redirects, and says so to browsers (HSTS).
SILENCED = ["security.W004", "security.W008"]


def admin(service: str) -> dict[str, Any]:
    """The block that `mesh.runtime.settings.service` takes in.

    Browsers on this machine reach the pages at its port, others by what ADMIN_ORIGINS names.
    """
    origins = config.origins(
        "ADMIN_ORIGINS",
        about="Where browsers elsewhere reach the pages for staff, such as https://staff.example.",
    )
    sites = config.named_origins(
        "ADMIN_SITES",
        about="Where each service has its pages for staff, which link to each other: "
        "user_service=https://users.example,order_service=….",
    )
    origins |= {sites[service]} if service in sites else frozenset()
    https = config.market_env() == "production"
    return {
        "ADMIN_BIND": config.address(
            "ADMIN_BIND", "", about="Where `admin` or `worker --with-admin` serves the pages."
        ),
        "ADMIN_SITES": sites,
        "ROOT_URLCONF": "mesh.admin.urls",
        "MIDDLEWARE": [
            "mesh.admin.middleware.each_request",
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "mesh.admin.middleware.still_staff",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "ALLOWED_HOSTS": [*LOOPBACK, *(urlsplit(origin).hostname for origin in origins)],
        "CSRF_TRUSTED_ORIGINS": sorted(origins),
        "AUTH_USER_MODEL": "mesh_admin.Staff",
        "AUTHENTICATION_BACKENDS": ["mesh.admin.login.KnownStaff"],
        "SESSION_ENGINE": "mesh.admin.session_store",
        # Cookies know no ports, and the services' pages may share a host.
        "SESSION_COOKIE_NAME": f"{service}_staff",
        "SESSION_COOKIE_AGE": WORKING_DAY_S,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_SECURE": https,
        "CSRF_COOKIE_NAME": f"{service}_csrf",
        "CSRF_COOKIE_SECURE": https,
        "LOGIN_URL": "admin:login",
        # Where a sign-in leads whose `next` is no page of this service.
        "LOGIN_REDIRECT_URL": "admin:index",
        "STATIC_URL": "/static/",
        "FORMAT_MODULE_PATH": "mesh.admin.formats",
    }
