"""The judge of answers, without which no fuzz could fail."""

import grpc
import pytest
from grpc_status import rpc_status

from mesh.contract.model import Method, market_contract
from mesh.core.errors import DomainError, Internal, InvalidArgument, NotFound, to_status
from tests.fuzz.answers import LATE_AFTER_S, Answer, answer_of, error_of

GET_USER: Method = market_contract().methods["/market.user.v1.UserService/GetUser"]


class Failed:
    """A call as grpc hands it out when it failed."""

    def __init__(self, error: DomainError | None, code: grpc.StatusCode) -> None:
        status = rpc_status.to_status(to_status(error)) if error else None
        self._metadata = status.trailing_metadata if status else ()
        self._details = error.detail if error else "Socket closed"
        self._code = status.code if status else code

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> object:
        return self._metadata


def judged(error: DomainError | None, took_s: float = 0.1, request: bytes = b"") -> Answer:
    return error_of(GET_USER, request, Failed(error, grpc.StatusCode.UNAVAILABLE), took_s)


def test_an_error_that_the_contract_lists_is_right() -> None:
    assert judged(InvalidArgument("the request breaks its contract")) == Answer(
        "INVALID_ARGUMENT/REQUEST_INVALID"
    )


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (Internal("something went wrong on our side"), "not in the contract"),
        (InvalidArgument("ValueError: no such user"), "tells of an exception"),
        (NotFound("no user", name="<class 'int'>"), "tells of an exception"),
        (None, "without a reason"),
    ],
)
def test_any_other_error_is_wrong(error: DomainError | None, word: str) -> None:
    assert word in judged(error).wrong


def test_what_was_asked_for_is_no_exception_when_it_is_said_back() -> None:
    error = NotFound("no user", name="None")
    assert "tells of an exception" in judged(error).wrong
    assert judged(error, request=b"\n\x04None").wrong == ""


def test_an_answer_after_its_time_is_wrong() -> None:
    late = GET_USER.deadline_s + LATE_AFTER_S + 1
    assert "answered after" in judged(NotFound("there is no such resource"), late).wrong
    assert "answered after" in answer_of(GET_USER, [b""], late).wrong


def test_an_answer_of_another_type_is_wrong() -> None:
    assert "no market.user.v1.GetUserResponse" in answer_of(GET_USER, [b"\xff\xff"], 0.1).wrong
