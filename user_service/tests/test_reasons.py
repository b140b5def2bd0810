"""The errors that the code raises are those that the contract lists."""

from inspect import getmembers, isclass

from market.user.v1 import user_pb2
from mesh.core.errors import DomainError
from user_service.accounts import errors as accounts
from user_service.credentials import errors as credentials
from user_service.sessions import errors as sessions

PREFIX = "ERROR_REASON_"


def test_each_reason_of_the_contract_has_one_class_and_each_class_a_reason() -> None:
    classes = [
        member
        for module in (accounts, credentials, sessions)
        for _, member in getmembers(module, isclass)
        if issubclass(member, DomainError) and member.__module__ == module.__name__
        if "reason" in vars(member)  # not the base of an app's errors
    ]
    values = user_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"].values
    listed = [value.name.removeprefix(PREFIX) for value in values if value.number]
    assert sorted(error.reason for error in classes) == sorted(listed)
    assert {error.domain for error in classes} == {user_pb2.DESCRIPTOR.package}
