"""Decodes a request, if it is within the contract's size limit.

Left to grpc, undecodable bytes would end in INTERNAL, as if the server were at fault.
"""

from typing import Any

import grpc
from google.protobuf.message import DecodeError

from mesh.contract.model import Method
from mesh.core.errors import InvalidArgument
from mesh.rpc.interceptors.chain import Handler


def decoding(method: Method, call_next: Handler) -> Handler:
    decode, most_bytes = method.request_class.FromString, method.max_message_bytes

    def handle(request: bytes, context: grpc.ServicerContext) -> Any:
        if len(request) > most_bytes:
            raise InvalidArgument(f"this request may have {most_bytes} bytes at most")
        try:
            message = decode(request)
        except DecodeError as error:
            name = method.descriptor.input_type.full_name
            raise InvalidArgument(f"the request is no {name}") from error
        return call_next(message, context)

    return handle
