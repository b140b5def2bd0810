"""Open server-streaming calls from the edge to the services."""

from collections.abc import Callable
from typing import Any

import grpc.aio
from google.protobuf.message import Message

from mesh.interceptors.client import remote_error
from mesh.watching.stream import WAITING


class RemoteStream:
    """What a service sends, one message at a time. Methods raise DomainError."""

    def __init__(self, call: "grpc.aio.UnaryStreamCall[Any, Any]", service: str) -> None:
        self._call = call
        self._service = service

    async def waits(self) -> bool:
        """Once the call is answered: whether that only says that it was admitted."""
        metadata = await self._call.initial_metadata()
        return WAITING in metadata

    async def read(self) -> Message | None:
        """The next message; None at the end."""
        try:
            message: Any = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise remote_error(error, self._service) from error
        return message if isinstance(message, Message) else None  # else it is grpc.aio.EOF

    def cancel(self) -> None:
        self._call.cancel()


Open = Callable[[Message], RemoteStream]
