"""The certificates of a local run, before a verifier that is as strict as RFC 5280."""

import ssl
from contextlib import suppress
from pathlib import Path

from dev.certs import AUTHORITY, Authority
from mesh.auth.tls import dns_name


def test_each_end_verifies_the_other_strictly(tmp_path: Path) -> None:
    Authority(tmp_path).keep("server", "client")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        strict(tmp_path, "client").wrap_bio(back, there, server_hostname=dns_name("server")),
        strict(tmp_path, "server", serves=True).wrap_bio(there, back, server_side=True),
    ]
    for _ in range(3):  # flights of a handshake
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    assert [end.getpeercert() is not None for end in ends] == [True, True]


def strict(folder: Path, name: str, *, serves: bool = False) -> ssl.SSLContext:
    """Returns what Python gives by default from 3.13 on, and asks of clients too."""
    purpose = ssl.Purpose.CLIENT_AUTH if serves else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=str(folder / f"{AUTHORITY}.pem"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context
