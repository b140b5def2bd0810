"""Signing keys: made once, sealed at rest, rotated without cutting a token short."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from joserfc import jws
from pytest_django import Settings

from market.user.v1 import session_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.auth.encryption import DecryptionError
from mesh.auth.tokens import AccessTokens
from user_service.sessions.keys import current_key, jwks, opened, published_keys, rotate_keys
from user_service.sessions.models import SigningKey
from user_service.sessions.tokens import access_token
from user_service.tests.accounts import an_account

pytestmark = pytest.mark.django_db


def let_tokens_expire() -> None:
    SigningKey.objects.update(state_time=F("state_time") - timedelta(minutes=11))


def a_token() -> str:
    return access_token(current_key(), user_id=an_account().id, scopes=[], token_version=1)


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_agree_on_the_first_keys() -> None:
    together = threading.Barrier(4)

    def first_keys(_: int) -> list[str]:
        together.wait()
        try:
            return [key.kid for key in published_keys()]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(first_keys, range(4)))
    assert seen == [seen[0]] * 4
    assert len(seen[0]) == 2


def test_no_private_key_is_readable_in_the_database() -> None:
    for key in published_keys():
        private = str(opened(key.sealed).as_dict(private=True)["d"])
        assert private not in f"{key.public_jwk} {key.sealed}"


def test_a_key_sealed_under_another_secret_is_said_to_be_unreadable(settings: Settings) -> None:
    sealed = current_key().sealed
    opened.cache_clear()
    settings.SECRET_KEY = "another secret, as long as the first one was"
    with pytest.raises(DecryptionError, match="was the SECRET_KEY changed"):
        opened(sealed)


def test_keys_go_from_next_to_current_to_previous_to_gone() -> None:
    first, upcoming = (key.kid for key in published_keys())
    assert rotate_keys().kid == upcoming
    states = dict(SigningKey.objects.values_list("state", "kid"))
    assert (states["PREVIOUS"], states["CURRENT"]) == (first, upcoming)
    let_tokens_expire()
    rotate_keys()
    assert first not in [key["kid"] for key in jwks()["keys"]]
    assert len(jwks()["keys"]) == 3


def test_a_token_signed_before_a_rotation_still_verifies_after_it() -> None:
    token = a_token()
    rotate_keys()
    verifier = AccessTokens()
    verifier.load(jwks())
    assert verifier.verify(token).user_id


def test_the_next_token_is_signed_under_the_new_key_at_once() -> None:
    new = rotate_keys()
    assert jws.extract_compact(a_token().encode()).headers()["kid"] == new.kid


def test_a_rotation_that_would_cut_tokens_short_is_refused() -> None:
    rotate_keys()
    with pytest.raises(CommandError, match="less than 0:10:00 ago"):
        call_command("rotatekeys")
    let_tokens_expire()
    out = StringIO()
    call_command("rotatekeys", stdout=out)
    assert current_key().kid in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_published_set_holds_public_keys_only(sessions: SessionServiceStub) -> None:
    answer = sessions.GetJwks(pb.GetJwksRequest())
    assert {(key.kty, key.crv, key.alg, key.use) for key in answer.keys} == {
        ("OKP", "Ed25519", "EdDSA", "sig")
    }
    assert all(set(key) == {"kty", "crv", "x", "kid", "alg", "use"} for key in jwks()["keys"])


def test_a_key_stored_under_the_other_name_is_published_as_most_verifiers_know_it() -> None:
    for key in published_keys():
        key.public_jwk["alg"] = "Ed25519"
        key.save(update_fields=["public_jwk"])
    assert {key["alg"] for key in jwks()["keys"]} == {"EdDSA"}
    verifier = AccessTokens()
    verifier.load(jwks())
    assert verifier.verify(a_token()).user_id
