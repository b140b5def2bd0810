"""Authentication by `Authorization: Bearer`, an access token of the market (RFC 6750)."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from mesh.auth.access import Caller
from mesh.auth.jwks import JwksCache
from mesh.auth.tokens import TokenInvalid
from mesh.rpc.interceptors.authentication import bearer


class BearerAuthentication(BaseAuthentication):
    """Sets `request.user` to the verified Caller and `request.auth` to the token."""

    def __init__(self, keys: JwksCache) -> None:
        self._keys = keys

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        """Returns None without the header. Raises TokenInvalid, KeyUnknown."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        token = bearer(header)
        if not token:
            raise TokenInvalid("the Authorization header is empty")
        return self._keys.verify_by_known_keys(token), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
