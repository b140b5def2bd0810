"""Ed25519, the one signature algorithm of access tokens, under both of its names.

Tokens and keys are published as `EdDSA` (RFC 8037), which Envoy and most libraries know.
`Ed25519` (RFC 9864) names the same algorithm and is verified too. The newer RFC deprecates
the old name because it leaves the curve open; here the key settles the curve.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

ALGORITHM = "EdDSA"
NAMES = frozenset({ALGORITHM, "Ed25519"})
_USUAL = {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig"}
_ED25519 = JWSRegistry(algorithms=["Ed25519"]).get_alg("Ed25519")


class Ed25519Registry(JWSRegistry):
    """Knows Ed25519 by its two names, and nothing else.

    joserfc's own EdDSA takes keys of another curve too, and warns of that at each token.
    """

    def get_alg(self, name: str) -> Any:
        if name not in NAMES:
            raise UnsupportedAlgorithmError("not an algorithm of access tokens")
        return _ED25519


def key_set(jwks: Mapping[str, Any]) -> KeySet:
    """Returns the keys of `{"keys": [...]}` (RFC 7517), each good for a token under either name."""
    keys = [
        {name: value for name, value in key.items() if name != "alg" or value not in NAMES}
        for key in jwks["keys"]
    ]
    return KeySet.import_key_set({"keys": keys})


def public_keys(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """Returns those of the keys by `kid` that are published as the user service does it.

    With them a signature is verified without joserfc, which is to judge all others.
    """
    return {
        str(key["kid"]): Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(f"{key['x']}=="))
        for key in jwks["keys"]
        if {name: value for name, value in key.items() if name not in ("kid", "x")} == _USUAL
    }
