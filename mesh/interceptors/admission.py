"""Lets in whom the contract admits, and then only well-formed requests."""

from typing import Any

import grpc

from mesh.context import caller
from mesh.contract import Method
from mesh.identity import admit
from mesh.interceptors.chain import Handler
from mesh.validation import check


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
