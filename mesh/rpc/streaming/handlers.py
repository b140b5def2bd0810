"""Makes handlers of server-streaming RPCs that release their thread at once.

grpcio calls a behavior that is marked `experimental_non_blocking` with a third argument,
which sends a message, or None to end the stream, from any thread and at any later time.
Its own health service (`Watch`) has been served so since 2020.
Source: grpc/_server.py, `_stream_response_in_pool`.
"""

from collections.abc import Sequence
from typing import Any

import grpc

from mesh.context import serving_now
from mesh.contract.model import Method
from mesh.rpc.interceptors.chain import Interceptor, compose
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.rpc.streaming.open_streams import OpenStreams
from mesh.rpc.streaming.subscription import Send, Subscription, call_on_close
from mesh.rpc.streaming.watch import Watch


def watch_handler(
    method: Method, watch: Watch, broadcaster: Broadcaster, interceptors: Sequence[Interceptor]
) -> "grpc.RpcMethodHandler[Any, Any]":
    """Returns a handler whose streams are opened inside the interceptors, then broadcast to."""
    streams = OpenStreams(method.max_open_streams_per_caller)

    def find(request: Any, context: grpc.ServicerContext) -> Any:
        call = serving_now()
        broadcaster.check_room()
        call_on_close(context, streams.open(call))
        return watch.find(request), call

    opened = compose(interceptors, method, find)

    def behavior(request: Any, context: grpc.ServicerContext, send: Send) -> None:
        target, call = opened(request, context)
        broadcaster.add(Subscription(watch, target, call, context, send))

    behavior.experimental_non_blocking = True  # type: ignore[attr-defined]  # read by grpcio
    return grpc.unary_stream_rpc_method_handler(
        behavior,
        request_deserializer=None,  # `admission` does it
        response_serializer=method.response_class.SerializeToString,
    )
