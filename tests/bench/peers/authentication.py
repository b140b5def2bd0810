"""Verifies the mesh's access tokens with PyJWT, as djangorestframework-simplejwt does."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from mesh.auth.tokens import AUDIENCE, ISSUER
from user_service.accounts.models import User


@dataclass(frozen=True)
class Owner:
    """The user that a token names."""

    id: str
    is_authenticated: bool = True


class UserByToken(BaseAuthentication):
    """Believes the token, as a service without accounts must."""

    def authenticate(self, request: Request) -> tuple[Owner, str] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            return None
        try:
            claims = jwt.decode(
                token, public_key(), algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER
            )
        except jwt.InvalidTokenError as error:
            raise AuthenticationFailed("the token is not valid") from error
        self.check(claims["sub"])
        return Owner(claims["sub"]), token

    def check(self, user_id: str) -> None:
        """Raises AuthenticationFailed."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class AccountByToken(UserByToken):
    """Looks the account up, as simplejwt does unless told otherwise.

    Without it a locked account would stay signed in until its token expires; the mesh refuses
    it within seconds.
    """

    def check(self, user_id: str) -> None:
        account = User.objects.filter(id=user_id).first()
        if account is None or account.lock_time or account.erased_time:
            raise AuthenticationFailed("the account is not active")


@cache
def public_key() -> Any:
    return jwt.PyJWK(json.loads(Path(os.environ["PEER_KEY"]).read_text())).key
