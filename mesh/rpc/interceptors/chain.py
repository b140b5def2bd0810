"""Server-side interceptors: functions from (method, handler) to handler.

The chain of a method is built once, when the server starts, and each interceptor reads then
what it needs from the contract.
"""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from mesh.contract.model import Method

Handler = Callable[[Any, grpc.ServicerContext], Any]
Interceptor = Callable[[Method, Handler], Handler]


def compose(interceptors: Sequence[Interceptor], method: Method, servicer: Handler) -> Handler:
    """Returns the servicer's behavior inside the interceptors, the first one outermost."""
    handler = servicer
    for interceptor in reversed(interceptors):
        handler = interceptor(method, handler)
    return handler
