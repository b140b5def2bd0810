"""Access tokens that must not be believed: the attack table of RFC 8725, and more of the kind.

Each is made as an attacker would make it from a user's good token and the published keys,
or, to test what is read of a token at all, by a signer with the right key and a bug.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mesh.auth.ed25519 import ALGORITHM
from mesh.auth.tokens import ACCESS_TYPE, AUDIENCE, ISSUER, ServiceTokens
from mesh.testing.keys import TestKeys

VICTIM = "01890a5d-ac96-774b-bcce-b302099a8057"
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

Sign = Callable[[bytes], bytes]


class Forge:
    """Makes tokens around one key pair; `good` is a token that is believed."""

    def __init__(self, keys: TestKeys, secret: str, audience: str) -> None:
        self.keys = keys
        self.tokens = ServiceTokens(secret, "friend")
        self.audience = audience
        self.good = keys.token(VICTIM, now=time.time())
        self.private = cast("Ed25519PrivateKey", keys._key.private_key)
        self.right: Sign = self.private.sign
        self.wrong: Sign = Ed25519PrivateKey.generate().sign

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": ALGORITHM, "typ": ACCESS_TYPE, "kid": self.keys.kid}

    @property
    def claims(self) -> dict[str, Any]:
        now = int(time.time())
        names = {"iss": ISSUER, "aud": AUDIENCE, "sub": VICTIM, "jti": "test"}
        return {**names, "iat": now, "exp": now + 300}

    def token(self, sign: Sign, claims: Mapping[str, Any] | None = None, **header: Any) -> str:
        """Changed as said; what is said to be None is left out."""
        return self.raw(
            sign,
            json.dumps(_changed(self.header, header)),
            json.dumps(_changed(self.claims, claims or {})),
        )

    def raw(self, sign: Sign, header: str, claims: str) -> str:
        signed = f"{encoded(header.encode())}.{encoded(claims.encode())}"
        return f"{signed}.{encoded(sign(signed.encode()))}"


def attacks(forge: Forge) -> dict[str, str]:
    """Tokens by what is wrong with them."""
    return {
        **_algorithms(forge),
        **_header_tricks(forge),
        **_claims(forge),
        **_forms(forge),
        **_other_kinds(forge),
    }


def _algorithms(forge: Forge) -> dict[str, str]:
    raw = urlsafe_b64decode(forge.keys.jwks()["keys"][0]["x"] + "=")
    public = forge.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(forge.keys.jwks()["keys"][0]).encode()
    other_curve = Ed448PrivateKey.generate()
    elliptic = ec.generate_private_key(ec.SECP256R1())
    modulus = rsa.generate_private_key(65537, 2048)
    return {
        "no algorithm": forge.token(_nothing, alg="none"),
        "no algorithm, in capitals": forge.token(_nothing, alg="NoNe"),
        "no algorithm, with a signature": forge.token(forge.right, alg="none"),
        "no algorithm named": forge.token(forge.right, alg=None),
        "the public key as an HMAC secret": forge.token(_hmac(raw), alg="HS256"),
        "the public PEM as an HMAC secret": forge.token(_hmac(pem), alg="HS256"),
        "the public JWK as an HMAC secret": forge.token(_hmac(jwk), alg="HS256"),
        "an empty HMAC secret": forge.token(_hmac(b""), alg="HS256"),
        "HMAC said, EdDSA done": forge.token(forge.right, alg="HS256"),
        "an elliptic curve of one's own": forge.token(_es256(elliptic), alg="ES256"),
        "RSA of one's own": forge.token(
            lambda m: modulus.sign(m, padding.PKCS1v15(), SHA256()), alg="RS256"
        ),
        "an all-zero ECDSA signature": forge.token(lambda _: bytes(64), alg="ES256"),
        "another curve": forge.token(other_curve.sign, alg="EdDSA"),
        "another curve, named": forge.token(other_curve.sign, alg="Ed448"),
        "another curve named, the right one done": forge.token(forge.right, alg="Ed448"),
        "a list of algorithms": forge.token(forge.right, alg=["EdDSA", "none"]),
        "an algorithm in another case": forge.token(forge.right, alg="eddsa"),
        "its other name in another case": forge.token(forge.right, alg="ed25519"),
        "an algorithm with a space": forge.token(forge.right, alg="EdDSA "),
        "an empty algorithm": forge.token(forge.right, alg=""),
    }


def _header_tricks(forge: Forge) -> dict[str, str]:
    own = Ed25519PrivateKey.generate()
    x = encoded(own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "mine"}
    kid = forge.keys.kid
    doubled = json.dumps(forge.header)[:-1] + ', "alg": "none"}'
    return {
        "an unknown key": forge.token(own.sign, kid="mine"),
        "no key named": forge.token(forge.right, kid=None),
        "an empty key name": forge.token(own.sign, kid=""),
        "a path as key name": forge.token(_hmac(b""), alg="HS256", kid="../../dev/null"),
        "SQL as key name": forge.token(own.sign, kid="x' UNION SELECT 'key' --"),
        "a number as key name": forge.token(own.sign, kid=0),
        "a list as key name": forge.token(own.sign, kid=[kid]),
        "the right key's name, another's signature": forge.token(own.sign),
        "its own key along": forge.token(own.sign, jwk=jwk),
        "its own key along, under its own name": forge.token(own.sign, jwk=jwk, kid="mine"),
        "its keys elsewhere": forge.token(own.sign, jku="https://attacker.example/jwks.json"),
        "its certificate elsewhere": forge.token(own.sign, x5u="https://attacker.example/x5u"),
        "its certificate along": forge.token(own.sign, x5c=["MIIB"]),
        "a critical extension": forge.token(forge.right, crit=["exp"], exp=0),
        "no critical extension": forge.token(forge.right, crit=[]),
        "a registered header as critical": forge.token(forge.right, crit=["alg"]),
        "an unencoded payload": forge.token(forge.right, crit=["b64"], b64=False),
        "a compressed payload": forge.token(forge.right, zip="DEF"),
        "a header said twice": forge.raw(forge.right, doubled, json.dumps(forge.claims)),
        "a type of JWT": forge.token(forge.right, typ="JWT"),
        "no type": forge.token(forge.right, typ=None),
        "another type": forge.token(forge.right, typ="service+jwt"),
        "a number as type": forge.token(forge.right, typ=1),
        "a token inside": forge.token(forge.right, cty="JWT"),
    }


def _claims(forge: Forge) -> dict[str, str]:
    now = int(time.time())
    changes: dict[str, dict[str, Any]] = {
        "another audience": {"aud": "another"},
        "other audiences": {"aud": ["another", "one more"]},
        "no audience": {"aud": None},
        "another issuer": {"iss": "another"},
        "no issuer": {"iss": None},
        "expired": {"iat": now - 600, "exp": now - 31},
        "no end": {"exp": None},
        "an end in words": {"exp": "never"},
        "not yet": {"nbf": now + 86_400},
        "issued in the future": {"iat": now + 86_400},
        "no time of issue": {"iat": None},
        "nobody": {"sub": None},
        "an empty subject": {"sub": ""},
        "a list of subjects": {"sub": [VICTIM]},
        "a number as subject": {"sub": 1},
        "no id": {"jti": None},
    }
    doubled = json.dumps(forge.claims)[:-1] + ', "sub": "somebody else"}'
    endless = json.dumps(forge.claims).replace(str(forge.claims["exp"]), "1e999")
    return {
        **{name: forge.token(forge.right, change) for name, change in changes.items()},
        "a claim said twice": forge.raw(forge.right, json.dumps(forge.header), doubled),
        "an infinite end": forge.raw(forge.right, json.dumps(forge.header), endless),
        "claims that are a list": forge.raw(forge.right, json.dumps(forge.header), "[]"),
        "claims that are no JSON": forge.raw(forge.right, json.dumps(forge.header), "{"),
        "claims nested deeply": forge.raw(forge.right, json.dumps(forge.header), "[" * 2500),
    }


def _forms(forge: Forge) -> dict[str, str]:
    header, claims, signature = forge.good.split(".")
    staff = encoded(json.dumps({**forge.claims, "scope": "users.read"}).encode())
    return {
        "changed claims": f"{header}.{staff}.{signature}",
        "no signature": f"{header}.{claims}.",
        "no signature at all": f"{header}.{claims}",
        "half a signature": f"{header}.{claims}.{signature[:43]}",
        "a zero signature": f"{header}.{claims}.{encoded(bytes(64))}",
        "a signature in its other form": f"{header}.{claims}.{_malleable(signature)}",
        "a signature with loose bits": f"{header}.{claims}.{_loose(signature)}",
        "padding": f"{forge.good}==",
        "a part more": f"{forge.good}.{signature}",
        "five parts, as if encrypted": f"{header}..{claims}.{signature}.{signature}",
        "JSON instead of compact": json.dumps(
            {"payload": claims, "protected": header, "signature": signature}
        ),
        "only dots": "..",
        "a token of 5000 characters": f"{header}.{claims}.{signature}{'A' * 5000}",
        "a character beyond ASCII": f"{forge.good[:-1]}é",
    }


def _other_kinds(forge: Forge) -> dict[str, str]:
    return {
        "a service's token": forge.tokens.make(forge.audience),
        "a service's token for another": forge.tokens.make("another"),
        "what a refresh token looks like": encoded(hashlib.sha256(b"refresh").digest()),
    }


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _changed(before: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **changes}.items() if value is not None}


def _nothing(_: bytes) -> bytes:
    return b""


def _hmac(secret: bytes) -> Sign:
    return lambda message: hmac.digest(secret, message, "sha256")


def _es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def _malleable(signature: str) -> str:
    """S + L verifies the same where a verifier forgets to check (RFC 8032, 5.1.7)."""
    content = urlsafe_b64decode(signature + "==")
    s = int.from_bytes(content[32:], "little") + ED25519_ORDER
    return encoded(content[:32] + s.to_bytes(32, "little"))


def _loose(signature: str) -> str:
    """Other last bits, which a lenient decoder drops: another text of the same token."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
