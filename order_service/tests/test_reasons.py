"""The contract's reasons, with their codes, and the classes that carry them are the same."""

from types import ModuleType

import pytest

from market.catalog.v1 import catalog_pb2
from market.order.v1 import order_pb2
from mesh.contract.errors import reasons_of
from mesh.core.errors import DomainError
from order_service.catalog import errors as catalog_errors
from order_service.orders import errors as order_errors


@pytest.mark.parametrize(
    ("contract", "module"),
    [(catalog_pb2, catalog_errors), (order_pb2, order_errors)],
)
def test_each_reason_of_the_contract_has_its_error_and_no_other(
    contract: ModuleType, module: ModuleType
) -> None:
    promised = {reason: one.code for reason, one in reasons_of(contract.DESCRIPTOR).items()}
    raised = {
        error.reason: error.code
        for error in vars(module).values()
        if isinstance(error, type) and issubclass(error, DomainError)
        if error.domain == contract.DESCRIPTOR.package and "reason" in vars(error)
    }
    assert raised == promised
