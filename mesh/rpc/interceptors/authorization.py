"""Authorizes callers and validates requests, by the contract."""

from typing import Any

import grpc

from mesh.auth.access import authorize
from mesh.context import caller
from mesh.contract.model import Method
from mesh.contract.validation import check
from mesh.rpc.interceptors.chain import Handler


def authorization(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        authorize(method.access, caller(), request)
        return call_next(request, context)

    return handle


def validation(method: Method, call_next: Handler) -> Handler:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        check(request)
        return call_next(request, context)

    return handle
