"""The errors that an RPC may return: those of its contract, but for faults of ours."""

from mesh.contract.errors import of_any_rpc
from mesh.contract.model import Method

FAULT = "INTERNAL/INTERNAL"
OF_ANY = frozenset(error.name for error in of_any_rpc()) - {FAULT}


def errors_of(method: Method) -> frozenset[str]:
    """Returns the errors of an RPC as `CODE/REASON`."""
    return frozenset(error.name for error in method.all_errors) - {FAULT}
