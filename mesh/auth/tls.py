"""Mutual TLS between the processes of the mesh, where MESH_TLS is on.

A certificate has two names of its service: `spiffe://market/<service>` (SPIFFE), by
which a server identifies its caller, and a DNS name, by which a caller identifies the server.
The same authority signs both. Files are read again when they
change, so that certificates are renewed without a restart.
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mesh.core import config

TRUST_DOMAIN = "spiffe://market/"
LOOKS_EVERY_S = 1.0
FILES = {
    "MESH_CERT_FILE": "The process's certificate; needed with MESH_TLS=on.",
    "MESH_KEY_FILE": "The certificate's key; needed with MESH_TLS=on.",
    "MESH_CA_FILE": "The authorities that are trusted; needed with MESH_TLS=on.",
}

log = structlog.get_logger("tls")


@dataclass(frozen=True, slots=True, eq=False)
class Pem:
    """The files as read at one time; compared by identity, so each reading is a different one."""

    certificate: bytes
    key: bytes
    authorities: bytes


class Certificates:
    """One process's certificate, its key, and the authorities that it trusts.

    Raises SettingError when they can't be used. Later changes are seen within a second;
    files that don't fit together (yet) are passed over, and those before stay in use.
    """

    def __init__(
        self,
        files: Sequence[Path],
        service: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._clock = clock
        self._lock = threading.Lock()
        self._next_look = clock() + LOOKS_EVERY_S
        self.service = service
        try:
            self._seen = self._stamp()
            self._pem = self._read()
        except (OSError, ValueError) as error:
            raise config.SettingError(f"{', '.join(FILES)}: {error}") from error

    def current(self) -> Pem:
        """Returns the newest files that are usable."""
        if self._clock() >= self._next_look:
            with self._lock:
                self._next_look = self._clock() + LOOKS_EVERY_S
                self._look()
        return self._pem

    def _look(self) -> None:
        try:
            if (stamp := self._stamp()) != self._seen:
                self._pem, self._seen = self._read(), stamp
                log.info("certificates_reloaded")
        except (OSError, ValueError) as error:
            log.warning("certificates_unusable", reason=str(error))

    def _stamp(self) -> list[tuple[int, int]]:
        states = [file.stat() for file in self._files]
        return [(state.st_ino, state.st_mtime_ns) for state in states]

    def _read(self) -> Pem:
        pem = Pem(*(file.read_bytes() for file in self._files))
        named = x509.load_pem_x509_certificate(pem.certificate)
        x509.load_pem_x509_certificates(pem.authorities)
        if load_pem_private_key(pem.key, None).public_key() != named.public_key():
            raise ValueError("the key is not the certificate's")
        if named.not_valid_after_utc <= datetime.now(UTC):
            raise ValueError(f"the certificate ended at {named.not_valid_after_utc}")
        if _named(named) != self.service:
            raise ValueError(f"the certificate is not {self.service}'s, but {_named(named)!r}'s")
        return pem


def from_env(service: str) -> Certificates | None:
    """Returns the certificates of a service's process; None where MESH_TLS is off.

    In the files' paths `{service}` stands for its name, so that one environment can serve
    several. Raises SettingError.
    """
    wanted = config.flag("MESH_TLS", False, about="Mutual TLS between all processes of the mesh.")
    if_unset = None if wanted else ""
    named = [config.text(name, if_unset, about=what, kind="path") for name, what in FILES.items()]
    paths = [Path(name.replace("{service}", service)) for name in named]
    return Certificates(paths, service) if wanted else None


def _named(certificate: x509.Certificate) -> str:
    """Returns the service that a certificate names, or empty."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return _service(uris[0]) if len(uris) == 1 else ""


def _service(uri: str) -> str:
    return uri.removeprefix(TRUST_DOMAIN) if uri.startswith(TRUST_DOMAIN) else ""


def spiffe_id(service: str) -> str:
    return f"{TRUST_DOMAIN}{service}"


def dns_name(service: str) -> str:
    """Returns the DNS name that a service's certificate has for its callers, wherever it runs."""
    return f"{service.replace('_', '-')}.market.internal"


def service_of(authentication: Mapping[str, Any]) -> str:
    """Returns the service that a caller's certificate names, from gRPC's auth context; or empty."""
    ids: Sequence[bytes] = authentication.get("peer_spiffe_id", ())
    return _service(ids[0].decode()) if len(ids) == 1 else ""


def named_at(address: str, within_s: float) -> str:
    """Returns the service of the certificate shown at host:port, unverified; or empty."""
    host, _, port = address.rpartition(":")
    try:
        shown = ssl.get_server_certificate((host.strip("[]"), int(port)), timeout=within_s)
    except (OSError, ValueError):
        return ""
    return _named(x509.load_pem_x509_certificate(shown.encode()))


def server_credentials(certificates: Certificates) -> grpc.ServerCredentials:
    """Returns credentials of a server that requires a certificate of every caller."""
    given = certificates.current()

    def changed() -> grpc.ServerCertificateConfiguration | None:
        """Returns new certificates, if any; grpc calls it before every handshake."""
        nonlocal given
        if (newest := certificates.current()) is given:
            return None
        given = newest
        return _for_servers(newest)

    return grpc.dynamic_ssl_server_credentials(
        _for_servers(given),
        changed,  # type: ignore[arg-type]  # grpc documents None for "no change"
        require_client_authentication=True,
    )


def _for_servers(pem: Pem) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(pem.key, pem.certificate)], pem.authorities)


def channel(
    api: Any,
    service: str,
    target: str,
    pem: Pem | None,
    options: Sequence[tuple[str, Any]] = (),
) -> Any:
    """Returns a channel of `api`, which is `grpc` or `grpc.aio`.

    With certificates it speaks TLS, and refuses another service's certificate.
    """
    if pem is None:
        return api.insecure_channel(target, options)
    credentials = grpc.ssl_channel_credentials(pem.authorities, pem.key, pem.certificate)
    named = ("grpc.ssl_target_name_override", dns_name(service))
    return api.secure_channel(target, credentials, [*options, named])
