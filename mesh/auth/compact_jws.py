"""Checks the form of a token before its signature is looked at.

Stricter than the standards must be, as all tokens are our own: a compact JWS in the one
way that its bytes can be written, with no headers but algorithm, type and
key, and no name twice. What a header could ask of a verifier (`crit`, `jku`, `jwk`,
`x5u`, `zip`, …) is thereby refused unread. Source: RFC 7515, 4 and 5.2; RFC 8725, 3.
"""

import json
import re
from base64 import urlsafe_b64decode
from typing import Any, NamedTuple, NoReturn

from mesh.auth.base64url import base64url

MAX_CHARS = 4096
HEADERS = {"alg", "typ", "kid"}
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class Jws(NamedTuple):
    """The parts of a token, none of them verified yet; `signed` is what the signature is of."""

    header: dict[str, str]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parsed(token: str) -> Jws:
    """Returns the parts of a well-formed token. Raises ValueError."""
    if len(token) > MAX_CHARS or not _COMPACT.fullmatch(token):
        raise ValueError("not a compact JWS")
    header, claims, signature = map(_decoded, token.split("."))
    headers = _members(header)
    if not headers.keys() <= HEADERS or not all(isinstance(v, str) for v in headers.values()):
        raise ValueError("headers other than alg, typ and kid")
    if not signature:
        raise ValueError("not signed")
    return Jws(headers, _members(claims), token.rpartition(".")[0].encode(), signature)


def _decoded(part: str) -> bytes:
    """Returns the bytes. Raises ValueError where other characters could encode them too."""
    content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64url(content) != part:
        raise ValueError("not base64url in its one form")
    return content


def _members(content: bytes) -> dict[str, Any]:
    """Returns a JSON object of distinct names and whole numbers. Raises ValueError."""
    try:
        tree = json.loads(
            content.decode(),
            object_pairs_hook=_distinct,
            parse_float=_refused,
            parse_constant=_refused,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(tree, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # of the token, not of a caller
    return tree


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name appears twice")
    return members


def _refused(text: str) -> NoReturn:
    raise ValueError("not a whole number")
