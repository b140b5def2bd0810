"""Sets gRPC's trailing metadata, after a response or an error."""

from typing import Any, NoReturn

import grpc
from grpc_status import rpc_status

from mesh.core.errors import DomainError, to_status

Metadata = tuple[tuple[str, str | bytes], ...]


def add_trailers(context: grpc.ServicerContext, *more: tuple[str, str | bytes]) -> None:
    """Adds to the trailers set before, which grpc itself would replace."""
    context.set_trailing_metadata((*_set_before(context), *more))


def abort(context: grpc.ServicerContext, error: DomainError) -> NoReturn:
    """Ends the RPC with a typed error, and with the trailers that were set before."""
    status: Any = rpc_status.to_status(to_status(error))
    trailers = (*status.trailing_metadata, *_set_before(context))
    context.abort_with_status(status._replace(trailing_metadata=trailers))


def _set_before(context: Any) -> Metadata:
    return context.trailing_metadata() or ()
