"""A real server on the loopback, for tests of a service and of its callers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import grpc
from django.conf import settings
from django.db import connections
from django.test import override_settings
from google.protobuf import message
from grpc_status import rpc_status

from mesh.auth.tokens import ServiceTokens
from mesh.core.errors import RemoteError
from mesh.rpc.client import forget_channels
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.metadata import Metadata
from mesh.rpc.server import RunningServer, start
from mesh.testing.keys import TestKeys as TestKeys  # noqa: PLC0414  # services' tests take it from here

SERVES_WITHIN_S = 60.0


@contextmanager
def serving(
    wiring: RpcDefinition, service: str = ""
) -> Iterator[tuple[RunningServer, grpc.Channel]]:
    """Serves a wiring on a free port as a real start does.

    Its identity is the one under test, or `service`. Yields the server and a bare channel
    to it, which adds nothing to calls.
    """
    with override_settings(SERVICE=service or settings.SERVICE):
        server = start(wiring, "127.0.0.1:0")
    # The server's threads end with the test, and can't take their connections with them.
    closed_after_calls = patch.dict(connections["default"].settings_dict, CONN_MAX_AGE=0)
    with closed_after_calls, grpc.insecure_channel(f"127.0.0.1:{server.port}") as bare:
        try:
            # A call through the kit's channel fails where a connection takes longer than a second.
            grpc.channel_ready_future(bare).result(SERVES_WITHIN_S)
            yield server, bare
        finally:
            server.stop(0)


@contextmanager
def standing_in_for(service: str, wiring: RpcDefinition) -> Iterator[RunningServer]:
    """Serves a wiring where the code under test expects `service`."""
    with serving(wiring, service) as (server, _):
        target = {f"{service.upper()}_TARGET": f"127.0.0.1:{server.port}"}
        with patch.dict(os.environ, target):
            forget_channels()
            try:
                yield server
            finally:
                forget_channels()


def error_of(
    rpc: Callable[..., object], request: message.Message, metadata: Metadata = ()
) -> RemoteError:
    """Returns the error that a call through a bare channel ends with."""
    try:
        rpc(request, metadata=metadata, timeout=5)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
        if status is None:
            raise
        return RemoteError(status)
    raise AssertionError("the call succeeded")


def as_service(name: str) -> Metadata:
    """Returns the metadata of a call by the service `name` to the one under test."""
    token = ServiceTokens(settings.MESH_SECRET, name).make(settings.SERVICE)
    return (("x-mesh-identity", token),)


def as_user(token: str) -> Metadata:
    """Returns the metadata of a call with a user's access token."""
    return (("authorization", f"Bearer {token}"),)
