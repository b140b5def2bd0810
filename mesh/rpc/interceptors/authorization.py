"""Lets in whom the contract admits, and then only well-formed requests."""

from typing import Any

import grpc

from mesh.auth.access import admit
from mesh.context import caller
from mesh.contract.model import Method
from mesh.contract.validation import check
from mesh.rpc.interceptors.chain import Handler


def admission(method: Method, proceed: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        admit(method.access, caller(), request)
        return proceed(request, context)

    return handle


def validation(method: Method, proceed: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        check(request)
        return proceed(request, context)

    return handle
