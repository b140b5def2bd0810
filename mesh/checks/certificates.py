"""Checks how long this service's certificate and its authorities stay valid."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509

from mesh.auth.tls import Certificates
from mesh.checks.findings import Finding, failed, ok, warning

SOON = timedelta(days=14)
RENEW = "renew it; running processes take the new files up by themselves"


def certificates(
    ours: Certificates | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Finding]:
    """Yields when each ends; reading them has checked that they belong together."""
    if ours is None:
        yield ok("MESH_TLS is off: services know each other by MESH_SECRET")
        return
    pem = ours.current()
    own = x509.load_pem_x509_certificate(pem.certificate)
    yield _end(f"the certificate of {ours.service}", own, now())
    for authority in x509.load_pem_x509_certificates(pem.authorities):
        yield _end(f"the authority {authority.subject.rfc4514_string()}", authority, now())


def _end(what: str, certificate: x509.Certificate, now: datetime) -> Finding:
    end = certificate.not_valid_after_utc
    says = f"{what} is good until {end:%Y-%m-%d %H:%M} UTC"
    if end <= now:
        return failed(f"{what} ended at {end:%Y-%m-%d %H:%M} UTC", RENEW)
    return warning(says, RENEW) if end - now < SOON else ok(says)
