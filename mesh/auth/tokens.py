"""Access tokens of users and identity tokens of services.

An access token is a JWT signed with Ed25519 (RFC 8037, RFC 9068), verified against the
user service's published keys. A service token is a JWT under the mesh's shared secret;
it names the calling service, for one audience and one minute. Each kind has one algorithm,
fixed here and never by the token (RFC 8725).
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jws import JWSRegistry

from mesh.auth.access import Caller
from mesh.auth.compact_jws import Jws, parsed
from mesh.auth.ed25519 import ALGORITHM, Ed25519Registry, key_set, public_keys
from mesh.auth.revocations import Revocations
from mesh.core.errors import Unauthenticated

ISSUER = "marketmesh"
AUDIENCE = "marketmesh"
ACCESS_TYPE = "at+jwt"
SERVICE_TYPE = "service+jwt"
TOKEN_VERSION = "token_version"  # noqa: S105  # the name of a claim
ACCESS_TOKEN_S = 300  # the longest that one lives
LEEWAY_S = 30
# A token may take half a minute to be signed and sent.
REVOCATIONS_KEPT_S = ACCESS_TOKEN_S + LEEWAY_S + 30.0
CACHE_ENTRIES = 10_000
SERVICE_TOKEN_S = 60


@dataclass(frozen=True)
class _Kind:
    """What a token of one kind must be, whatever its header says (RFC 8725)."""

    token_type: str
    registry: JWSRegistry
    wanted: Mapping[str, str]
    texts: tuple[str, ...] = ("sub",)


_hs256 = JWSRegistry(algorithms=["HS256"])
_ACCESS = _Kind(ACCESS_TYPE, Ed25519Registry(), {"iss": ISSUER, "aud": AUDIENCE}, ("sub", "jti"))


class TokenInvalid(Unauthenticated):
    reason = "TOKEN_INVALID"


class KeyUnknown(TokenInvalid):
    """The token is signed under a key that is not loaded; the keys may be out of date."""


class TokenRevoked(TokenInvalid):
    """The token was valid and was ended early: `invalid_token` by RFC 6750 too."""

    def __init__(self) -> None:
        super().__init__("the access token was revoked: sign in again")


class TokenCache:
    """Remembers what a token was verified as, until its end; at most CACHE_ENTRIES of them.

    What is revoked meanwhile is looked up at each use: see `mesh.auth.revocations`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._recent: dict[bytes, tuple[float, Caller]] = {}
        self._older: dict[bytes, tuple[float, Caller]] = {}

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)

    def get(self, token: str) -> Caller | None:
        digest = _digest(token)
        entry = self._recent.get(digest)
        if entry is None:
            entry = self._older.get(digest)
            if entry is not None:
                self._keep(digest, entry)
        return entry[1] if entry and entry[0] > self._clock() else None

    def put(self, token: str, caller: Caller, expires: float) -> None:
        self._keep(_digest(token), (expires, caller))

    def _keep(self, digest: bytes, entry: tuple[float, Caller]) -> None:
        """Forgets the half of the tokens that was not used lately, when both halves are full."""
        if len(self._recent) >= CACHE_ENTRIES // 2:
            self._older, self._recent = self._recent, {}
        self._recent[digest] = entry


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class _Loaded(NamedTuple):
    """The keys known at one time, and what tokens were verified as by them."""

    keys: KeySet
    public: Mapping[str, Ed25519PublicKey]
    kids: frozenset[str]
    verified: TokenCache


class AccessTokens:
    """Verifies users' access tokens against a JWK set that its owner keeps fresh."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._loaded: _Loaded | None = None
        self.revocations = Revocations(REVOCATIONS_KEPT_S)

    def load(self, jwks: Mapping[str, Any]) -> None:
        """Takes `{"keys": [...]}` (RFC 7517) in place of the keys known so far."""
        kids = frozenset(str(key["kid"]) for key in jwks["keys"])
        # Replaced as a whole, as other threads verify by it.
        self._loaded = _Loaded(key_set(jwks), public_keys(jwks), kids, TokenCache(self._clock))

    def verify(self, token: str) -> Caller:
        """Returns the token's user. Raises TokenInvalid, TokenRevoked, KeyUnknown."""
        loaded = self._loaded
        caller = (loaded and loaded.verified.get(token)) or self._verified_now(token, loaded)
        if self.revocations.refuse(caller):
            raise TokenRevoked
        return caller

    def _verified_now(self, token: str, loaded: _Loaded | None) -> Caller:
        jws, now = _parsed(token), self._clock()
        kid = jws.header.get("kid")
        if loaded is None or kid is None or kid not in loaded.kids:
            raise KeyUnknown("the access token is signed under an unknown key")
        key = loaded.public.get(kid)
        if key is not None and _is_usual(jws, now):
            _check_signature(jws, key)
            claims = jws.claims
        else:
            claims = _verified(token, loaded.keys, _ACCESS, now)
        caller = Caller(
            user_id=str(claims["sub"]),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            token_version=_version(claims),
        )
        loaded.verified.put(token, caller, claims["exp"])
        return caller


class ServiceTokens:
    """Makes and verifies the tokens by which the mesh's services know one another.

    `service` is this process's own: tokens are made in its name, and only tokens made for it
    are accepted.
    """

    def __init__(self, secret: str, service: str, clock: Callable[[], float] = time.time) -> None:
        self._key = OctKey.import_key(secret)
        self._service = service
        self._kind = _Kind(SERVICE_TYPE, _hs256, {"aud": service})
        self._clock = clock
        self._cache = TokenCache(clock)
        self._made: dict[str, tuple[float, str]] = {}

    def make(self, audience: str) -> str:
        """Returns a token for `audience` that is good for half a minute at least."""
        now = self._clock()
        fresh_until, token = self._made.get(audience, (0.0, ""))
        if fresh_until <= now:
            claims: dict[str, Any] = {"sub": self._service, "aud": audience}
            claims |= {"iat": int(now), "exp": int(now) + SERVICE_TOKEN_S}
            header = {"alg": "HS256", "typ": SERVICE_TYPE}
            token = jwt.encode(header, claims, self._key, registry=_hs256)
            self._made[audience] = (now + SERVICE_TOKEN_S / 2, token)
        return token

    def verify(self, token: str) -> Caller:
        """Returns the calling service. Raises TokenInvalid."""
        if caller := self._cache.get(token):
            return caller
        _parsed(token)
        claims = _verified(token, self._key, self._kind, self._clock())
        caller = Caller(service=str(claims["sub"]))
        self._cache.put(token, caller, claims["exp"])
        return caller


def _version(claims: Mapping[str, Any]) -> int:
    version = claims.get(TOKEN_VERSION, 0)
    if type(version) is not int:
        raise TokenInvalid("the token has no version that is a number")
    return version


def _parsed(token: str) -> Jws:
    try:
        return parsed(token)
    except ValueError as error:
        raise TokenInvalid("the token is malformed") from error


def _is_usual(jws: Jws, now: float) -> bool:
    """Returns whether a token is, but for its signature, what the user service makes.

    What is unusual in any way is left to joserfc, which takes twice as long.
    """
    claims = jws.claims
    issued, expires = claims.get("iat"), claims.get("exp")
    return (
        jws.header.get("alg") == ALGORITHM
        and jws.header.get("typ") == _ACCESS.token_type
        and all(claims.get(name) == value for name, value in _ACCESS.wanted.items())
        and all(type(claims.get(name)) is str and claims[name] for name in _ACCESS.texts)
        and type(issued) is int
        and type(expires) is int
        and issued <= now
        and expires > now
        and "nbf" not in claims
    )


def _check_signature(jws: Jws, key: Ed25519PublicKey) -> None:
    try:
        key.verify(jws.signature, jws.signed)
    except InvalidSignature as error:
        raise TokenInvalid("the token is not valid, or not any more") from error


def _verified(token: str, key: KeySet | OctKey, kind: _Kind, now: float) -> dict[str, Any]:
    """Returns the claims of a token whose signature, type, audience and times hold."""
    options: dict[str, Any] = {
        name: {"essential": True, "value": value} for name, value in kind.wanted.items()
    }
    options |= {name: {"essential": True} for name in (*kind.texts, "exp", "iat")}
    try:
        decoded = jwt.decode(token, key, registry=kind.registry)
        if decoded.header.get("typ", "").lower() != kind.token_type:
            raise TokenInvalid(f"the token is not of type {kind.token_type}")
        jwt.JWTClaimsRegistry(now=int(now), leeway=LEEWAY_S, **options).validate(decoded.claims)
        if not all(isinstance(decoded.claims[name], str) for name in kind.texts):
            raise TokenInvalid("the token names nobody")
    except (JoseError, ValueError) as error:
        raise TokenInvalid("the token is not valid, or not any more") from error
    return decoded.claims
