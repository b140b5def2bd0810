"""The blocks that every service's `settings.py` is put together from."""

from typing import Any
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from mesh.admin import settings as admin
from mesh.auth import tls
from mesh.core import config, redis_urls
from mesh.db.replica import ALIAS as REPLICA
from mesh.db.sessions import DIRECT, SESSION

APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "mesh.outbox",
    "mesh.rpc.idempotency",
    "mesh.mail",
    *admin.APPS,
]
# A host that is gone without a word, as with its power or its network, is given up after 5 s.
GONE_AFTER = {
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}


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
    """Returns Django's DATABASES from a postgresql:// URL, that of a pooler from two.

    Connections last and are checked when picked up again: opening one per RPC costs three
    to five times the RPC itself. What is sent often is prepared (decision 0017), but not where
    each transaction may have another session. A replica is one more. Raises SettingError.
    """
    about = "The service's own database, or hosts of it with commas between; options of libpq too."
    url = config.url(variable, "postgresql", "postgres", about=about)
    about = f"PostgreSQL itself, where {variable} is a pooler in transaction mode."
    direct_variable = f"{variable.removesuffix('URL')}DIRECT_URL"
    direct = config.url(direct_variable, "", "postgresql", "postgres", default="", about=about)
    told = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    session = {"options": told, "prepare_threshold": 5}
    replica = _replica(variable, session)
    if not direct:
        return {"default": _database(variable, url, session), **replica}
    pooler = _database(variable, url, {"prepare_threshold": None})
    return {
        "default": {**pooler, "DISABLE_SERVER_SIDE_CURSORS": True},
        DIRECT: _database(direct_variable, direct, session),
        **replica,
    }


def _replica(primary_variable: str, session: dict[str, Any]) -> dict[str, Any]:
    variable = f"{primary_variable.removesuffix('URL')}REPLICA_URL"
    about = (
        f"A replica of {primary_variable}, or several hosts; no pooler. Reads that may be as old as"
        " the contract's `max_age_s` go there while it is no further behind; by default none."
    )
    url = config.url(variable, "", "postgresql", "postgres", default="", about=about)
    return {REPLICA: _database(variable, url, session, of_several="standby")} if url else {}


def _database(
    variable: str, url: str, session: dict[str, Any], of_several: str = "read-write"
) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:  # its text may repeat the password
        raise config.SettingError(f"{variable} is no URL of libpq's form") from error
    if not (name := parts.pop("dbname", None)):
        raise config.SettingError(f"{variable} names no database")
    user, password, host, port = (
        str(parts.pop(part, "")) for part in ("user", "password", "host", "port")
    )
    several = {"target_session_attrs": of_several} if "," in host else {}
    options = {"connect_timeout": 3, **GONE_AFTER, "server_side_binding": True}
    return {
        "ENGINE": "mesh.db.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options, **session, **several, **parts},
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


def account_pages_url() -> str:
    return config.text(
        "ACCOUNT_PAGES_URL",
        "",
        about="Where people reach the pages that mails link to, such as https://edge.example/account"
        " or a front end's: `/verify-email` and `/reset-password`, which take a token in the"
        " fragment, and `/orders/{order_id}`. Without it mails have no links.",
        kind="URL",
    ).rstrip("/")


def redis_url() -> str:
    about = "The queue through which relays wake workers; may lose all that it holds."
    return redis_urls.setting("REDIS_URL", about=about)
