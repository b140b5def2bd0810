from market.payment.v1 import payment_pb2
from mesh.contract.errors import reasons_of
from payment_service.payments.actions.order_slot import DECLINES
from payment_service.payments.errors import PaymentError
from payment_service.payments.models import DeclineReason


def test_the_contract_lists_every_reason_and_no_other() -> None:
    listed = {one.reason: one.code for one in reasons_of(payment_pb2.DESCRIPTOR).values()}
    raised = {error.reason: error.code for error in PaymentError.__subclasses__()}
    assert raised == listed


def test_every_error_is_of_the_contracts_package() -> None:
    package = payment_pb2.DESCRIPTOR.package
    assert {error.domain for error in PaymentError.__subclasses__()} == {package}


def test_every_decline_has_its_error() -> None:
    assert {reason: error.reason for reason, error in DECLINES.items()} == {
        reason: reason for reason in DeclineReason.values
    }
