"""Checks that users' access tokens can be verified."""

from collections.abc import Callable, Iterator

import grpc

from mesh.auth.jwks import Jwks
from mesh.checks.findings import Finding, failed, ok
from mesh.core.config import SettingError
from mesh.core.errors import DomainError


def keys(fetch: Callable[[], Jwks], publisher: str) -> Iterator[Finding]:
    try:
        published = fetch().get("keys", [])
    except (grpc.RpcError, DomainError, SettingError):
        yield failed(
            f"the keys of access tokens can't be had from {publisher}",
            "mend what is said of it above: no access token can be verified until then",
        )
        return
    if not published:
        yield failed(f"{publisher} publishes no keys", f"look at the logs of {publisher}")
        return
    yield ok(f"{publisher} publishes {len(published)} keys")
