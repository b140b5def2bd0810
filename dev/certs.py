"""Certificates for a local run with MESH_TLS=on: `python -m dev.certs make`.

An authority made for the run signs them. All are kept under `var/certs`, readable by their
owner only; a certificate that is missing or ends within a month is made (anew), and running
processes reload it. This is a process of its own, so that the one that runs the mesh for days
loads no cryptography.

They have the extensions that strict verifiers ask for, as Python's does from 3.13 on (RFC 5280,
4.2.1).
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dev.config import MEMBERS, ROOT, certs_in
from mesh.auth.tls import dns_name, spiffe_id

VALID = timedelta(days=90)
AUTHORITY_VALID = timedelta(days=3650)
RENEWED_BEFORE = timedelta(days=30)
CLOCKS_DIFFER_BY = timedelta(minutes=5)
AUTHORITY = "ca"
USAGE = "usage: python -m dev.certs make"
USES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])


def main() -> None:
    if sys.argv[1:] != ["make"]:
        sys.exit(USAGE)
    folder = certs_in(Path(os.environ.get("MARKET_VAR", ROOT / "var")))
    made = Authority(folder).keep(*MEMBERS)
    print(f"{folder}: {', '.join(made) + ' made' if made else 'complete'}")


class Authority:
    """A certificate authority that keeps its own and all signed certificates in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._is_good(AUTHORITY):
            self._make(AUTHORITY, AUTHORITY_VALID, None)

    def keep(self, *services: str) -> list[str]:
        """Makes the certificates that are missing or end soon; returns whose."""
        wanting = [name for name in services if not self._is_good(name)]
        for service in wanting:
            self.sign(service)
        return wanting

    def sign(self, service: str, *hosts: str) -> None:
        """Makes a new key and certificate for a service, whether or not it has one.

        `hosts` are names that it has beside its own.
        """
        names = x509.SubjectAlternativeName(
            [
                x509.UniformResourceIdentifier(spiffe_id(service)),
                *map(x509.DNSName, (dns_name(service), *hosts)),
            ]
        )
        self._make(service, VALID, names)

    def _make(self, name: str, valid: timedelta, names: x509.SubjectAlternativeName | None) -> None:
        """`names` is None for the authority, which signs itself."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        issuer, signs_with = (_subject(name), key) if names is None else self._own()
        builder = (
            x509.CertificateBuilder()
            .subject_name(_subject(name))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCKS_DIFFER_BY)
            .not_valid_after(now + valid)
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
            .add_extension(_key_usage(signs_others=names is None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signs_with.public_key()),
                critical=False,
            )
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False).add_extension(
                USES, critical=False
            )
        certificate = builder.sign(signs_with, hashes.SHA256())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(self._folder / f"{name}.key", pem)
        _write(self._folder / f"{name}.pem", certificate.public_bytes(Encoding.PEM))

    def _own(self) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
        key = load_pem_private_key((self._folder / f"{AUTHORITY}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101  # see _make
        return _subject(AUTHORITY), key

    def _is_good(self, name: str) -> bool:
        """Returns whether the certificate is there, of this authority, and valid for a month."""
        try:
            certificate = self._certificate(name)
            certificate.verify_directly_issued_by(self._certificate(AUTHORITY))
        except (FileNotFoundError, InvalidSignature):
            return False
        return certificate.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE

    def _certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self._folder / f"{name}.pem").read_bytes())


def _key_usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"marketmesh {name}")])


def _write(file: Path, content: bytes) -> None:
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_bytes(content)
    partial.rename(file)


if __name__ == "__main__":
    main()
