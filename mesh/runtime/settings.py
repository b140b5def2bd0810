"""The blocks that every service's `settings.py` is put together from."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mesh.admin import settings as admin
from mesh.auth import tls
from mesh.core import config, redis_urls

APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "mesh.outbox",
    "mesh.rpc.idempotency",
    "mesh.mail",
    *admin.APPS,
]
# Of each connection to the database. A prepared statement keeps a plan, which must not be to
# read a whole table because it was made when that was small; no plan is worth compiling.
SESSION = {"statement_timeout": "10s", "enable_seqscan": "off", "jit": "off"}


def service(name: str) -> dict[str, Any]:
    """Returns what every gRPC service's settings begin with.

    `user_service` reads USER_SECRET_KEY, USER_DATABASE_URL, USER_SERVICE_BIND and
    USER_SERVICE_PROCESSES; what is not the service's own has the same name for all.
    """
    own = config.own_prefix(name)
    return {
        **stateless(name),
        "SECRET_KEY": config.secret(
            f"{own}_SECRET_KEY", about="What the service signs and seals with; keep it as its data."
        ),
        "DATABASES": databases(f"{own}_DATABASE_URL"),
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "REDIS_URL": redis_url(),
        "TEMPLATES": admin.TEMPLATES,
        "SILENCED_SYSTEM_CHECKS": admin.SILENCED,
        **admin.admin(name),
        **mail(),
    }


def stateless(name: str) -> dict[str, Any]:
    """Returns the settings of a gRPC service without a database, which `serve` alone runs.

    Its wiring is an RpcDefinition: steps, mails, idempotency and pages for staff need tables.
    """
    own = config.own_prefix(name)
    return {
        "SERVICE": name,
        "MARKET_ENV": config.market_env(),
        "DEBUG": False,
        **identity(name),
        "LOG_LEVEL": config.log_level(),
        "LOGGING_CONFIG": None,  # mesh.telemetry.logs configures it
        "GRPC_BIND": config.address(f"{own}_SERVICE_BIND", about="Where its gRPC listens."),
        "GRPC_PROCESSES": config.integer(
            f"{own}_SERVICE_PROCESSES",
            1,
            least=1,
            most=64,
            about="How many processes serve, each on a port ten above the one before.",
        ),
        "GRPC_THREADS": 4,
        "DATABASES": {},
        "WIRING": f"{name}.wiring.SERVICE",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
    }


def identity(service: str) -> dict[str, Any]:
    """Returns what identifies the service: a certificate with MESH_TLS=on, else MESH_SECRET."""
    certificates = tls.from_env(service)
    about = "By which services know each other, the same for all; not read with MESH_TLS=on."
    return {
        "MESH_CERTIFICATES": certificates,
        "MESH_SECRET": "" if certificates else config.secret("MESH_SECRET", about=about),
    }


def databases(variable: str) -> dict[str, Any]:
    """Returns Django's DATABASES from a postgresql:// URL.

    Connections last and are checked when picked up again: opening one per RPC costs three
    to five times the RPC itself. What is sent often is prepared (decision 0017).
    """
    about = "The service's own database; options of libpq may follow as a query."
    parts = urlsplit(config.url(variable, "postgresql", "postgres", about=about))
    if not parts.path.strip("/"):
        raise config.SettingError(f"{variable} names no database")
    return {
        "default": {
            "ENGINE": "mesh.db.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 3,
                "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
                "server_side_binding": True,
                "prepare_threshold": 5,
                **dict(parse_qsl(parts.query)),
            },
        }
    }


def mail() -> dict[str, Any]:
    """Returns Django's mail settings, from SMTP_URL, MAIL_FROM and MAIL_DOMAIN."""
    parts = urlsplit(config.url("SMTP_URL", "smtp", "smtps", about="How mails go out."))
    return {
        "EMAIL_BACKEND": "mesh.mail.backend.FastSMTPBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 5,
        "MAIL_UNVERIFIED_PER_HOUR": 5,
        "DEFAULT_FROM_EMAIL": config.text(
            "MAIL_FROM", about="As whose mails go out.", kind="address"
        ),
        "MAIL_DOMAIN": config.text(
            "MAIL_DOMAIN", about="Ends the Message-ID of each mail.", kind="domain"
        ),
    }


def redis_url() -> str:
    about = "The queue through which relays wake workers; may lose all that it holds."
    return redis_urls.setting("REDIS_URL", about=about)
