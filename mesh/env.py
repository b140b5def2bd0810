"""Typed settings from the environment; a bad or missing one stops the start by name.

A value `X` may also be given as the path of a file in `X_FILE`, which is how
container engines hand over secrets.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "development-"  # noqa: S105  # how one begins


class SettingError(Exception):
    """A setting is missing or malformed; the text names its environment variable."""


def text(name: str, default: str | None = None) -> str:
    """Raises SettingError when it is neither set nor has a default."""
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


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off")
    if value not in ("on", "off"):
        raise SettingError(f"{name} must be 'on' or 'off', not {value!r}")
    return value == "on"


def choice(name: str, *allowed: str, default: str | None = None) -> str:
    value = text(name, default)
    if value not in allowed:
        raise SettingError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def market_env() -> str:
    """`development` or `production`; unless said otherwise it is production."""
    return choice("MARKET_ENV", "development", "production", default="production")


def secret(name: str) -> str:
    """A secret has no default, in development either: `make up` makes one.

    That one begins with DEVELOPMENT_SECRET, and is refused in production, as are those
    that are short or of few different characters.
    """
    value, guarded = text(name), market_env() == "production"
    least_chars, least_different = (50, 12) if guarded else (32, 1)
    if guarded and value.startswith(DEVELOPMENT_SECRET):
        raise SettingError(f"{name} is a secret for development: make another for production")
    if len(value) < least_chars:
        raise SettingError(f"{name} must have at least {least_chars} characters")
    if len(set(value)) < least_different:
        raise SettingError(f"{name} is too easy to guess: make a random one")
    return value


def url(name: str, *schemes: str, default: str | None = None) -> str:
    value = text(name, default)
    if urlsplit(value).scheme not in schemes:
        raise SettingError(f"{name} must be a URL that starts with {' or '.join(schemes)}")
    return value


def currency(name: str, default: str | None = None) -> str:
    """The code of a currency (ISO 4217)."""
    value = text(name, default)
    if not re.fullmatch("[A-Z]{3}", value):
        raise SettingError(f"{name} must be a currency's three capital letters, not {value!r}")
    return value


def address(name: str, default: str | None = None) -> str:
    """`host:port` to listen on."""
    value = text(name, default)
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise SettingError(f"{name} must be host:port, not {value!r}")
    return value


def own_prefix(service: str) -> str:
    """What a service's own variables begin with: USER for `user_service`."""
    return service.removesuffix("_service").upper()


def target(service: str) -> str:
    """Where a service is called, as a gRPC target, from `<SERVICE>_TARGET`.

    `host:port`, several of them with commas between, or a target with a scheme, such as
    `dns:///order:50052`. Source: gRPC naming, grpc/doc/naming.md.
    """
    name = f"{service.upper()}_TARGET"
    value = text(name)
    if ":///" in value or value.startswith(("ipv4:", "ipv6:", "unix:")):
        return value
    hosts = value.split(",")
    if not all(host.rpartition(":")[2].isdigit() for host in hosts):
        raise SettingError(f"{name} must be host:port, or a gRPC target such as dns:///host:port")
    return value if len(hosts) == 1 else f"ipv4:{value}"
