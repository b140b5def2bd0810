"""Typed settings from the environment; a bad or missing one stops the start by name.

A value `X` may also be given as the path of a file in `X_FILE`, which is how
container engines hand over secrets. Each variable read is also declared, with its purpose;
docs/configuration.md is made from the declarations.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

DEVELOPMENT_SECRET = "development-"  # noqa: S105  # how one begins
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A variable that this process reads; `default` is None where it must be set."""

    name: str
    kind: str
    default: str | None
    about: str


declared: dict[str, Declaration] = {}
MOST = 2**31


class SettingError(Exception):
    """A setting is missing or malformed; the text names its environment variable."""


def text(name: str, default: str | None = None, *, about: str = "", kind: str = "text") -> str:
    """Returns a variable's value. Raises SettingError when it has none and no default."""
    if about or name not in declared:
        declared[name] = Declaration(name, kind, default, about)
    value = os.environ.get(name)
    if value is None and (path := os.environ.get(f"{name}_FILE")):
        try:
            value = Path(path).read_text().strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: {error.strerror}: {path}") from error
    if value is None or value == "":
        if default is None:
            raise SettingError(f"{name} is not set")
        return default
    return value


def integer(name: str, default: int, *, least: int = 0, most: int = MOST, about: str = "") -> int:
    limits = f"{least} or more" if most == MOST else f"{least} to {most}"
    value = text(name, str(default), about=about, kind=f"whole number, {limits}")
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def flag(name: str, default: bool, *, about: str = "") -> bool:
    return choice(name, "on", "off", default="on" if default else "off", about=about) == "on"


def choice(name: str, *allowed: str, default: str | None = None, about: str = "") -> str:
    kind = ", ".join(f"`{each}`" for each in allowed)
    value = text(name, default, about=about, kind=kind)
    if value not in allowed:
        raise SettingError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def market_env() -> str:
    """Returns `development` or `production`, which is the default."""
    about = "In development, secrets that `make up` makes are accepted, and rates are 100000000/60."
    return choice("MARKET_ENV", "development", "production", default="production", about=about)


def log_level() -> str:
    about = "The least severe events that are logged."
    return choice("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR", default="INFO", about=about)


def secret(name: str, *, about: str = "") -> str:
    """Returns a secret, which has no default, in development either: `make up` makes one.

    A secret of `make up` begins with DEVELOPMENT_SECRET and is refused in production, as are
    secrets that are short or of few different characters.
    """
    value, guarded = text(name, about=about, kind="secret"), market_env() == "production"
    least_chars, least_different = (50, 12) if guarded else (32, 1)
    if guarded and value.startswith(DEVELOPMENT_SECRET):
        raise SettingError(f"{name} is a secret for development: make another for production")
    if len(value) < least_chars:
        raise SettingError(f"{name} must have at least {least_chars} characters")
    if len(set(value)) < least_different:
        raise SettingError(f"{name} is too easy to guess: make a random one")
    return value


def url(name: str, *schemes: str, default: str | None = None, about: str = "") -> str:
    """Returns a URL of one of the schemes; an empty scheme allows an empty value."""
    kind = "URL: " + ", ".join(f"`{scheme}://`" for scheme in schemes if scheme)
    value = text(name, default, about=about, kind=kind)
    if value.partition(":")[0] not in schemes:
        raise SettingError(f"{name} must be a URL that starts with {' or '.join(schemes)}")
    return value


def origins(name: str, *, about: str = "") -> frozenset[str]:
    """Returns origins of web pages (RFC 6454), none by default."""
    value = text(name, "", about=about, kind="origins with commas between")
    return frozenset(_origin(name, one.strip()) for one in value.split(",") if one.strip())


def named_origins(name: str, *, about: str = "") -> dict[str, str]:
    """Returns origins of web pages by the name before each, none by default."""
    value = text(name, "", about=about, kind="name=origin with commas between")
    pairs = (one.strip().partition("=") for one in value.split(",") if one.strip())
    return {key: _origin(name, origin) for key, _, origin in pairs}


def _origin(name: str, origin: str) -> str:
    """Raises SettingError."""
    if not _ORIGIN.fullmatch(origin):
        raise SettingError(f"{name} must list origins such as https://shop.example, not {origin!r}")
    return origin


def currency(name: str, default: str | None = None, *, about: str = "") -> str:
    """Returns the code of a currency (ISO 4217)."""
    value = text(name, default, about=about, kind="currency (ISO 4217)")
    if not re.fullmatch("[A-Z]{3}", value):
        raise SettingError(f"{name} must be a currency's three capital letters, not {value!r}")
    return value


def address(name: str, default: str | None = None, *, about: str = "") -> str:
    """Returns `host:port` to listen on; its default may be empty."""
    value = text(name, default, about=about, kind="host:port")
    host, _, port = value.rpartition(":")
    if value and not (host and port.isdigit() and int(port) <= 65535):
        raise SettingError(f"{name} must be host:port, not {value!r}")
    return value


def own_prefix(service: str) -> str:
    """Returns what a service's own variables begin with: USER for `user_service`."""
    return service.removesuffix("_service").upper()


def target(service: str) -> str:
    """Returns where a service is called, as a gRPC target, from `<SERVICE>_TARGET`.

    `host:port`, several of them with commas between, or a target with a scheme, such as
    `dns:///order:50052`. Source: gRPC naming, grpc/doc/naming.md.
    """
    name = f"{service.upper()}_TARGET"
    about = f"Where {service} is called; several addresses with commas between."
    value = text(name, about=about, kind="host:port or gRPC target")
    if ":///" in value or value.startswith(("ipv4:", "ipv6:", "unix:")):
        return value
    hosts = value.split(",")
    if not all(host.rpartition(":")[2].isdigit() for host in hosts):
        raise SettingError(f"{name} must be host:port, or a gRPC target such as dns:///host:port")
    return value if len(hosts) == 1 else f"ipv4:{value}"
