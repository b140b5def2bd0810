"""Server-side interceptors: functions from (method, handler) to handler.

The chain of a method is built once, when the server starts, not for every call, and
each interceptor reads what it needs from the contract then.
"""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from mesh.contract.model import Method

Handler = Callable[[Any, grpc.ServicerContext], Any]
Interceptor = Callable[[Method, Handler], Handler]


def compose(interceptors: Sequence[Interceptor], method: Method, servicer: Handler) -> Handler:
    """The servicer's behavior inside the interceptors, the first one outermost."""
    handler = servicer
    for interceptor in reversed(interceptors):
        handler = interceptor(method, handler)
    return handler
