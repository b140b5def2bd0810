"""The errors that the code raises are those that the contract lists."""

from inspect import getmembers, isclass

from market.user.v1 import user_pb2
from mesh.contract.errors import reasons_of
from mesh.core.errors import DomainError
from user_service.accounts import errors as accounts
from user_service.credentials import errors as credentials
from user_service.sessions import errors as sessions


def test_each_reason_of_the_contract_has_one_class_and_each_class_a_reason() -> None:
    classes = [
        member
        for module in (accounts, credentials, sessions)
        for _, member in getmembers(module, isclass)
        if issubclass(member, DomainError) and member.__module__ == module.__name__
        if "reason" in vars(member)  # not the base of an app's errors
    ]
    listed = reasons_of(user_pb2.DESCRIPTOR).values()
    raised = sorted((error.reason, error.code, error.domain) for error in classes)
    assert raised == sorted((one.reason, one.code, one.domain) for one in listed)
