"""Server-streaming RPCs as server-sent events.

By convention the event is the message that the binding's `response_body` names, its
field `seq` is the event's id, and `after_event` of the request is the id to resume after.
How many streams a caller may hold open is counted in `mesh.rpc.streaming.open_streams`.
Source: HTML Living Standard, 9.2 "Server-sent events".
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from rest_framework.request import Request

from edge_api.codec import Encoder
from edge_api.http.response_writer import EVENTS, NOT_KEPT, EventResponse
from edge_api.problems.errors import HeaderInvalid
from edge_api.problems.problem import answer, path_of, problem_of
from edge_api.transcoding.response import resource_of
from mesh.contract.model import ContractError, HttpBinding, Method
from mesh.core.errors import DeadlineExceeded, DomainError
from mesh.rpc.async_client import Open, RemoteStream
from mesh.rpc.interceptors.telemetry import calling

LAST_EVENT_ID = "HTTP_LAST_EVENT_ID"
SEQ, AFTER = "seq", "after_event"
HEARTBEAT_S = 15.0
HEARTBEAT = b":\n\n"
RETRY = b"retry: 1000\n\n"  # milliseconds until a client reconnects
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def event_of(method: Method, http: HttpBinding) -> Descriptor:
    """Returns the type of the events. Raises ContractError."""
    event, request = resource_of(method, http), method.descriptor.input_type
    if event is None or SEQ not in event.fields_by_name or AFTER not in request.fields_by_name:
        raise ContractError(
            f"{method.path}: a stream needs a response_body with `{SEQ}`, and `{AFTER}`"
        )
    return event


def event_name(event: Descriptor) -> str:
    """Returns the name of the events: `order_event` for the type OrderEvent."""
    return _WORD.sub("_", event.name).lower()


class EventStream:
    """Opens the streams of one binding. Raises ContractError where the convention is broken.

    `closing` is set when the process is to end.
    """

    def __init__(
        self,
        method: Method,
        http: HttpBinding,
        encoder: Encoder,
        open_: Open,
        closing: asyncio.Event,
    ) -> None:
        event = event_of(method, http)
        self._method = method
        self._open = open_
        self._closing = closing
        self._field = http.response_body
        self._encode = encoder.of(event)
        self._head = f"event: {event_name(event)}\ndata: ".encode()

    def resume(self, request: Message, headers: Mapping[str, str]) -> None:
        """Resumes after the event that the client received last. Raises HeaderInvalid."""
        given = headers.get(LAST_EVENT_ID)
        if given is None:
            return
        if not re.fullmatch("[0-9]{1,18}", given):
            raise HeaderInvalid("Last-Event-ID must be the id of an event")
        setattr(request, AFTER, int(given))

    async def __call__(self, message: Message, request: Request) -> HttpResponseBase:
        """Returns 204 for a stream without events. Raises DomainError before any event."""
        stream = self._open(message)
        try:
            with calling(self._method):
                first = None if (waiting := await stream.waits()) else await stream.read()
        except BaseException:
            stream.cancel()
            raise
        if first is None and not waiting:
            return HttpResponse(status=204, headers=NOT_KEPT)
        if request.method == "HEAD":
            stream.cancel()
            return HttpResponse(content_type=EVENTS, headers=NOT_KEPT)
        scope = request.scope  # type: ignore[attr-defined]  # the wrapped request has it
        return EventResponse(self._parts(stream, first, path_of(scope)))

    async def _parts(
        self, stream: RemoteStream, first: Message | None, instance: str
    ) -> AsyncGenerator[bytes, None]:
        reading = asyncio.create_task(stream.read())
        closing = asyncio.create_task(self._closing.wait())
        try:
            yield RETRY if first is None else RETRY + self._event(first)
            while not closing.done():
                done, _ = await asyncio.wait(
                    {reading, closing}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED
                )
                if reading in done:
                    if (message := reading.result()) is None:
                        return
                    yield self._event(message)
                    reading = asyncio.create_task(stream.read())
                elif not done:
                    yield HEARTBEAT
        except DeadlineExceeded:
            pass  # a stream's longest life; the client reconnects
        except DomainError as error:
            problem = answer(problem_of(error), instance=instance).content
            yield b"event: error\ndata: %b\n\n" % problem
        finally:
            reading.cancel()
            closing.cancel()
            stream.cancel()

    def _event(self, message: Message) -> bytes:
        event: Any = getattr(message, self._field)
        return b"id: %d\n%b%b\n\n" % (event.seq, self._head, orjson.dumps(self._encode(event)))
