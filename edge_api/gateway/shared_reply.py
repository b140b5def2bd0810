"""Responses to reads that callers share, kept for as long as the contract's `max_age_s` says."""

import time
from collections.abc import Mapping

from google.protobuf.message import Message
from rest_framework.request import Request

from edge_api.gateway.refresh_ahead import RefreshAhead
from edge_api.gateway.shared_cache import Key, SharedCache
from edge_api.http.response_writer import ApiResponse
from edge_api.transcoding.etag import IF_MATCH
from edge_api.transcoding.response import Content, Reply
from mesh import context
from mesh.contract.model import HttpBinding, Method
from mesh.core.errors import DeadlineExceeded
from mesh.rpc.async_client import Invoke
from mesh.rpc.metadata import timeout_s
from mesh.telemetry.metrics import HTTP_CACHE

# Directives of a request's Cache-Control. Source: RFC 9111, 5.2.1.
_ANEW = frozenset({"no-cache", "no-store", "max-age=0"})


class SharedReply:
    """Responds for one binding, by the cache or by a call of the RPC.

    What is looked at is asked for anew ahead of time where such calls may ride together.
    """

    def __init__(
        self, method: Method, http: HttpBinding, invoke: Invoke, reply: Reply, cache: SharedCache
    ) -> None:
        self._method = method
        self._template = http.template
        self._invoke = invoke
        self._reply = reply
        self._cache = cache
        self._ahead = RefreshAhead(method.max_age_s, self._refresh) if method.coalesced else None
        self._hits, self._misses = (
            HTTP_CACHE.labels(http.template, result) for result in ("hit", "miss")
        )

    async def __call__(self, message: Message, request: Request) -> ApiResponse:
        """Raises DomainError, DeadlineExceeded, PreconditionFailed."""
        headers: Mapping[str, str] = request.META
        form = request.accepted_renderer.media_type
        key = self._template, message.SerializeToString(deterministic=True), form
        anew = _asks_anew(headers)
        max_age_s = self._method.max_age_s
        found = None if anew else self._cache.find(key, max_age_s)
        if found is not None:
            self._hits.inc()
            if self._ahead is not None:
                self._ahead.note(key, message, found[1])
        else:
            self._misses.inc()
            found = await self._ask(message, key, anew=anew)
        return self._reply.shared(*found, max_age_s, headers)

    async def _refresh(self, message: Message, key: Key) -> float:
        """Asks in nobody's name; returns how old the answer was when it was asked for."""
        method = self._method
        deadline = time.monotonic() + method.deadline_s
        with context.serving(context.Call(method.path, context.new_request_id(), deadline)):
            return (await self._ask(message, key, anew=False))[1]

    async def _ask(self, message: Message, key: Key, *, anew: bool) -> tuple[Content, float]:
        method, call = self._method, context.serving_now()
        try:
            return await self._cache.ask(
                key,
                method.max_age_s,
                lambda: self._content(message, call, anew=anew),
                within_s=timeout_s(call, method),
                anew=anew,
            )
        except TimeoutError:
            raise DeadlineExceeded(f"no answer to {method.name} in time") from None

    async def _content(
        self, message: Message, call: context.Call, *, anew: bool
    ) -> tuple[Content, float]:
        """Asks the service for nobody in particular, as the response is for everyone.

        Returns how old the content is too: it may come from a replica, unless it is to be anew.
        """
        for_all = context.Call(
            method=call.method,
            request_id=call.request_id,
            deadline=call.deadline,
            traceparent=call.traceparent,
            client_address=call.client_address,
            max_age_s=0.0 if anew else self._method.max_age_s,
        )
        with context.serving(for_all):
            content = self._reply.content(await self._invoke(message))
        return content, for_all.age_s


def _asks_anew(headers: Mapping[str, str]) -> bool:
    """Returns whether a kept response won't do; `If-Match` is about what holds now."""
    directives = headers.get("HTTP_CACHE_CONTROL")
    if directives is None:
        return IF_MATCH in headers
    given = {each.strip().lower() for each in directives.split(",")}
    return IF_MATCH in headers or not _ANEW.isdisjoint(given)
