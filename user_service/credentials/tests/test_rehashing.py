from argon2 import PasswordHasher
from pytest_django import Settings

from market.user.v1.session_pb2_grpc import SessionServiceStub
from user_service.accounts import passwords
from user_service.accounts.models import User
from user_service.credentials.tests.signing_in import refused, sign_in
from user_service.tests.accounts import PASSWORD, an_account


def kept() -> str:
    return User.objects.get().password_hash


def test_a_hash_of_before_djangos_form_stays_good_and_is_replaced_at_sign_in(
    sessions: SessionServiceStub,
) -> None:
    an_account("ada")
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    User.objects.update(password_hash=old)
    assert refused(sessions, "wrong")
    assert kept() == old
    sign_in(sessions, PASSWORD)
    assert kept().startswith("argon2$argon2id$")
    assert passwords.matches(PASSWORD, kept())


def test_other_parameters_replace_the_hash_at_sign_in_once(
    sessions: SessionServiceStub, settings: Settings
) -> None:
    before = an_account("ada")
    sign_in(sessions, PASSWORD)
    assert kept() == before.password_hash
    settings.ARGON2_TIME_COST = 2
    sign_in(sessions, PASSWORD)
    renewed, version = User.objects.values_list("password_hash", "version").get()
    assert "t=2" in renewed
    assert version == before.version
    sign_in(sessions, PASSWORD)
    assert kept() == renewed
