"""CreateUser as a caller sees it, over a real loopback connection."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import user_pb2 as pb
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.mail.locales import LANGUAGES
from mesh.mail.models import Mail
from mesh.testing.servers import error_of
from user_service.accounts.models import User
from user_service.tests.accounts import PASSWORD, Sign, an_account


def registration(**values: str) -> pb.CreateUserRequest:
    ada = {"username": "Ada", "email": "Ada@people.example", "full_name": "Ada Lovelace"}
    return pb.CreateUserRequest(**{**ada, "password": PASSWORD, **values})


def test_a_registration_answers_the_profile_and_owes_a_welcome(users: UserServiceStub) -> None:
    user = users.CreateUser(registration()).user
    assert (user.username, user.email, user.full_name) == (
        "Ada",
        "Ada@people.example",
        "Ada Lovelace",
    )
    assert (user.is_staff, user.etag, user.create_time) == (False, "1", user.update_time)
    assert [(str(mail.user_id), mail.template) for mail in Mail.objects.all()] == [
        (user.id, "welcome")
    ]


def test_a_person_has_a_locale_which_is_english_unless_it_is_told(users: UserServiceStub) -> None:
    assert users.CreateUser(registration()).user.locale == "en"
    other = registration(username="bea", email="bea@people.example", locale="de-AT")
    assert users.CreateUser(other).user.locale == "de-AT"


@pytest.mark.parametrize(
    ("accept_language", "locale", "told"),
    [
        ("fr, de-AT;q=0.8, en;q=0.5", "de-AT", ""),
        ("fr, de-AT;q=0.8, en;q=0.5", "en-GB", "en-GB"),
        ("de;q=0, */;!\xff", "en", ""),
    ],
)
def test_a_locale_that_is_not_told_is_the_one_that_the_person_s_program_prefers(
    users: UserServiceStub, accept_language: str, locale: str, told: str
) -> None:
    request = registration(accept_language=accept_language, locale=told)
    assert users.CreateUser(request).user.locale == locale


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_may_have_each_language_of_mails(users: UserServiceStub, language: str) -> None:
    assert users.CreateUser(registration(locale=language)).user.locale == language


def test_a_registration_sent_again_gets_its_first_answer(users: UserServiceStub) -> None:
    request = registration(request_id=str(uuid4()))
    assert users.CreateUser(request) == users.CreateUser(request)
    assert (User.objects.count(), Mail.objects.count()) == (1, 1)


def test_a_request_id_is_not_good_for_another_registration(users: UserServiceStub) -> None:
    request_id = str(uuid4())
    users.CreateUser(registration(request_id=request_id))
    other = registration(request_id=request_id, password="another good password")
    assert error_of(users.CreateUser, other).reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"username": "ADA", "email": "other@people.example"}, "USERNAME_TAKEN"),
        ({"username": "other", "email": "ADA@PEOPLE.example"}, "EMAIL_TAKEN"),
    ],
)
def test_names_and_addresses_are_taken_whatever_their_case(
    users: UserServiceStub, second: dict[str, str], reason: str
) -> None:
    users.CreateUser(registration())
    assert error_of(users.CreateUser, registration(**second)).reason == reason
    assert (User.objects.count(), Mail.objects.count()) == (1, 1)


def test_of_two_who_want_one_name_at_once_exactly_one_gets_it(users: UserServiceStub) -> None:
    together = threading.Barrier(2)

    def register(number: int) -> str:
        request = registration(email=f"{number}@people.example")
        together.wait()
        try:
            users.CreateUser(request)
        except grpc.RpcError as error:
            return str(error.details())
        return "registered"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(register, range(2)))
    assert outcomes == ["another account has this username", "registered"]


@pytest.mark.parametrize(
    "password", ["password123", "1029384756", "AdaLovelace", "ada@people.example"]
)
def test_a_password_that_is_easy_to_guess_is_refused(users: UserServiceStub, password: str) -> None:
    error = error_of(users.CreateUser, registration(password=password))
    assert error.reason == "PASSWORD_TOO_WEAK"
    assert {violation.field for violation in error.violations} == {"password"}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "-ada"),
        ("username", "ada\n"),
        ("email", "nowhere"),
        ("password", "short"),
        ("password", "x" * 129),
        ("full_name", "x" * 151),
        ("full_name", "a\x00b"),
        ("full_name", "Ada\r\nBcc: eve@people.example"),
        ("full_name", "Ada\x85"),
        ("full_name", "Ada\u2028Lovelace"),
        ("full_name", "\u202eadA"),
        ("full_name", "Ada\u2066"),
        ("email", f"{'a' * 65}@people.example"),
        ("request_id", "7"),
        ("locale", "fr"),
        ("locale", "de_AT"),
    ],
)
def test_a_registration_that_breaks_a_constraint_names_the_field(
    users: UserServiceStub, field: str, value: str
) -> None:
    error = error_of(users.CreateUser, registration(**{field: value}))
    assert error.reason == "REQUEST_INVALID"
    assert {violation.field for violation in error.violations} == {field}


@pytest.mark.parametrize("name", ["José Ñandú", "李小龍", "עדה", "क्\u200dष", "Ada 👩\u200d🚀"])
def test_a_name_of_any_script_is_taken(users: UserServiceStub, name: str) -> None:
    assert users.CreateUser(registration(full_name=name)).user.full_name == name


def test_a_local_part_of_64_characters_is_taken(users: UserServiceStub) -> None:
    assert users.CreateUser(registration(email=f"{'a' * 64}@people.example")).user.id


@pytest.mark.parametrize("name", ["admin", "Root", "SUPPORT", "ad.min", "post-master", "staff"])
def test_a_name_that_speaks_for_the_market_is_nobody_s_to_take(
    users: UserServiceStub, signed_in: Sign, name: str
) -> None:
    assert error_of(users.CreateUser, registration(username=name)).reason == "USERNAME_TAKEN"
    rename = pb.UpdateUserRequest(
        user=pb.User(id="me", username=name), update_mask=FieldMask(paths=["username"])
    )
    me = signed_in(an_account())
    assert error_of(users.UpdateUser, rename, me).reason == "USERNAME_TAKEN"
