"""The edge as an ASGI application: Django's handler without the hops between threads.

Django's own handler closes each response in a thread and sends signals that nothing at the
edge receives, which costs a third of the throughput. In return no code below may block, and
the connection tells of a client that hangs up. Figures: docs/decisions/0008-edge.md.
"""

import asyncio
import gc
import time
from contextlib import nullcontext
from io import BytesIO
from typing import Any

import django
import structlog
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.urls import path, re_path

from edge_api.codec import DecodeError
from edge_api.config import Config, workers
from edge_api.gateway.edge import Edge
from edge_api.gateway.endpoints import Endpoint
from edge_api.gateway.health import PROBES, Readiness, livez
from edge_api.gateway.unused_settings import unused_settings
from edge_api.gateway.view import RpcView
from edge_api.http.client_address import client_address
from edge_api.http.concurrency_limit import ConcurrencyLimit
from edge_api.http.connection import CONNECTION, HttpConnection, check_whole
from edge_api.http.cors import permit
from edge_api.http.header_limits import check_headers
from edge_api.http.protocol import CLOSING, RECEIVED, SHED
from edge_api.http.request_body import ClientGone, Receive, read_body
from edge_api.http.request_id import request_id, traceparent
from edge_api.http.response_writer import (
    AnyResponse,
    EventResponse,
    Response,
    Send,
    send_parts,
    whole,
)
from edge_api.http.shed_count import ShedCount
from edge_api.http.telemetry import CLIENT_GONE, requested
from edge_api.openapi.pages import TRIED, errors_page, openapi_json
from edge_api.pages.account import account_pages
from edge_api.pages.front import front_pages
from edge_api.pages.serving import asset, redirect, template
from edge_api.problems.errors import EdgeError, RequestMalformed, parameter_invalid
from edge_api.problems.problem import answer, path_of, problem_of
from edge_api.transcoding.router import Match
from mesh.context import Call, serving
from mesh.contract.model import MAX_REQUEST_BYTES
from mesh.core.shedding import Overloaded
from mesh.runtime.startup import refuse
from mesh.telemetry import logs, tracing
from mesh.telemetry import setup as telemetry
from mesh.telemetry.metrics import READY


class Urls:
    """The URLconf of one edge: its own pages first, as they are few, then the contract.

    The name of a URL pattern is its page's `http.route` in telemetry.
    """

    def __init__(self, edge: Edge) -> None:
        self.api: Any = RpcView.as_view(edge=edge)  # which is async, as DRF's own are not
        contract = edge.config.contract
        assets = str(settings.STATIC_URL).lstrip("/")
        self.urlpatterns = [
            path("livez", livez, name="/livez"),
            path("readyz", Readiness(edge).__call__, name="/readyz"),
            *front_pages(edge.config.front_page),
            *account_pages(edge.config.account_pages),
            path("api/openapi.json", openapi_json(contract), name="/api/openapi.json"),
            re_path("^api/docs/?$", template("edge_api/api.html"), name="/api/docs/"),
            re_path("^api/docs/errors/?$", errors_page(contract), name="/api/docs/errors/"),
            *(re_path(f"^{it}/?$", redirect(url), name=f"/{it}") for it, url in TRIED.items()),
            path(f"{assets}<path:name>", asset, name=f"/{assets}{{name}}"),
            re_path("", self.api),
        ]
        self._pages = {page.name.rstrip("/") for page in self.urlpatterns if page.name}
        self._assets = f"/{assets}"

    def owns(self, path: str) -> bool:
        """Returns whether Django's resolver is to look for a page of the edge's own at the path."""
        return path.rstrip("/") in self._pages or path.startswith(self._assets)


Scope = dict[str, Any]

REQUEST_S = 30.0  # until the contract's own deadline is known
OWN_PAGE_S = 2.0
NO_SERVICE = ""  # the edge's own pages have their limit, too

log = structlog.get_logger("edge")


def application() -> "EdgeHandler":
    """Returns the edge for any ASGI server. Raises SettingError, ContractError, StartRefused."""
    django.setup()
    made = loaded()
    telemetry.turn_on(settings.SERVICE, "serve", processes=workers())
    return made


def loaded() -> "EdgeHandler":
    """Returns what processes serve that are forked afterwards, and turn telemetry on then.

    Raises SettingError, ContractError, StartRefused.
    """
    refuse(unused_settings())
    logs.configure(settings.SERVICE, settings.LOG_LEVEL)
    return EdgeHandler(Edge(Config.from_env()))


class EdgeHandler(ASGIHandler):
    """Serves HTTP, and closes the edge when the server shuts down."""

    def __init__(self, edge: Edge) -> None:
        super().__init__()
        self.edge = edge
        self.urls = Urls(edge)
        self._shed = ShedCount()
        self._log = log.bind()  # as `log` looks for each of its methods anew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        headers = dict(scope["headers"])
        call = self._call(scope, headers)
        connection: HttpConnection | None = scope.get(CONNECTION)
        with serving(call), requested(scope["method"], call) as answered:
            started = time.perf_counter()
            try:
                response = await self._respond(scope, headers, receive, call, connection)
                answered.status = response.status_code
                permit(headers, response, self.edge.config.cors_origins)
                if self.edge.shutdown.draining:
                    response["Connection"] = "close"  # the next request goes elsewhere
                if connection is None or isinstance(response, EventResponse):
                    await send_parts(response, call.request_id, send)
                else:
                    made = self._whole(response, scope, call)
                    answered.status = made.status
                    await connection.respond(made)
            except ClientGone:
                answered.status = CLIENT_GONE
            except asyncio.CancelledError:
                if connection is None or not connection.lost:
                    raise
                answered.status = CLIENT_GONE
            if call.shed:
                return  # counted, and logged together
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            self._log.info(
                "request",
                method=scope["method"],
                rpc=call.method,
                status=answered.status,
                duration_ms=duration_ms,
            )

    def _whole(self, response: AnyResponse, scope: Scope, call: Call) -> Response:
        """Returns the response as it goes out; a problem where a service made a header wrong."""
        try:
            return whole(response, call.request_id)
        except ValueError as error:
            return whole(answer(problem_of(error), instance=path_of(scope)), call.request_id)

    def _call(self, scope: Scope, headers: dict[bytes, bytes]) -> Call:
        received = scope.get(RECEIVED, time.monotonic())
        return Call(
            method="",
            request_id=request_id(headers.get(b"x-request-id", b"")),
            deadline=received + REQUEST_S,
            received=received,
            traceparent=traceparent(headers.get(b"traceparent", b"")),
            client_address=client_address(scope, self.edge.config.trusted_proxies),
        )

    async def _respond(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        receive: Receive,
        call: Call,
        connection: HttpConnection | None,
    ) -> AnyResponse:
        """Raises ClientGone; every other error is a problem."""
        try:
            check_headers(scope["headers"], headers, self.edge.singletons)
            match = self._match(scope)
            most_bytes = self._max_body_bytes(match, scope["method"])
            here = connection.body() if connection is not None else None
            body = await read_body(headers, receive, most_bytes, here)
            check_whole(scope)
            call.received = scope.get(RECEIVED, call.received)  # sending slowly costs no deadline
            limit, allowed_s = self._limit(scope, match)
            slot = limit.slot(call.received, allowed_s) if limit is not None else nullcontext()
            async with slot:
                return await self._answer(scope, match, body, call)
        except ClientGone:
            raise
        except Overloaded as error:
            self._shed.count()
            call.shed = True
            return answer(problem_of(error), instance=path_of(scope))
        except Exception as error:  # noqa: BLE001  # the outermost: every error is a problem
            return answer(problem_of(error), instance=path_of(scope))

    def _limit(
        self, scope: Scope, match: Match[Endpoint] | None
    ) -> tuple[ConcurrencyLimit | None, float]:
        """Returns what a request is queued in, if at all, and how long it may take, in seconds."""
        if scope["path"] in PROBES:
            return None, OWN_PAGE_S
        endpoint = endpoint_of(match, scope["method"])
        if endpoint is None:
            return self.edge.concurrency[NO_SERVICE, False], OWN_PAGE_S
        method = endpoint.method
        together = method.coalesced and method.changes_nothing
        return self.edge.concurrency[method.served_by, together], method.deadline_s

    def shed(self, scope: Scope, full: bool) -> Response | None:
        """Returns the response to a request that is refused as Overloaded.

        That is one for which too many wait already (`full`), or which `_respond` would refuse at
        once. Without a task and ASGI messages it costs two thirds, and its body is not read.
        """
        if not (full or self.edge.concurrency.queue()) or self.edge.shutdown.draining:
            return None
        try:
            limit, allowed_s = self._limit(scope, self._match(scope))
            if limit is not None:
                limit.check(scope[RECEIVED], allowed_s, full=full)
        except Overloaded as error:
            headers = dict(scope["headers"])
            call = self._call(scope, headers)
            with serving(call), requested(scope["method"], call) as answered:
                self._shed.count()
                response = answer(problem_of(error), instance=path_of(scope))
                answered.status = response.status_code
                permit(headers, response, self.edge.config.cors_origins)
                return whole(response, call.request_id)
        except EdgeError:
            pass  # for `_respond` to say
        return None

    async def _answer(
        self, scope: Scope, match: Match[Endpoint] | None, body: bytes, call: Call
    ) -> AnyResponse:
        try:
            request = ASGIRequest(scope, BytesIO(body))
        except UnicodeDecodeError as error:
            raise RequestMalformed("the query is not UTF-8") from error
        request.META["CONTENT_LENGTH"] = str(len(body))  # also for a chunked body
        request.rpc_match = match  # type: ignore[attr-defined]  # for RpcView
        response: AnyResponse
        if match is not None and not self.urls.owns(scope["path"]):
            response = await self.urls.api(request)
            return response
        request.urlconf = self.urls  # type: ignore[assignment]  # anything with urlpatterns
        response = await self._get_response_async(request)  # type: ignore[attr-defined]  # unknown to the stubs
        call.route = call.route or _own_page(request)
        return response

    def _match(self, scope: Scope) -> Match[Endpoint] | None:
        """Finds the bindings of a path. Raises ParameterInvalid."""
        try:
            return self.edge.routes.match(path_of(scope))
        except DecodeError as error:
            raise parameter_invalid(error) from error

    def _max_body_bytes(self, match: Match[Endpoint] | None, verb: str) -> int:
        """Returns the contract's limit for the method, which the operator may lower."""
        endpoint = endpoint_of(match, verb)
        contract = endpoint.method.max_request_bytes if endpoint is not None else MAX_REQUEST_BYTES
        return min(contract, self.edge.config.max_body_bytes)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] |= {CLOSING: self.edge.shutdown.closing, SHED: self.shed}
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                rarely_collect_garbage()
                self.edge.shutdown.heed_signals()
                self.edge.follow_revocations()
                READY.labels("http").set(True)
            if event == "lifespan.shutdown":
                await self.edge.close()
                tracing.disable()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


def rarely_collect_garbage() -> None:
    """Leaves what the start made out of garbage collections, and looks for garbage more rarely.

    It is for thousands of connections: docs/decisions/0008-edge.md has the figures.
    Source: docs.python.org/3/library/gc.html, `gc.freeze`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def endpoint_of(match: Match[Endpoint] | None, verb: str) -> Endpoint | None:
    """Returns what of the contract is asked for; None for the edge's own pages, and for nothing."""
    if match is None:
        return None
    return match.targets.get("GET" if verb == "HEAD" else verb)


def _own_page(request: ASGIRequest) -> str:
    """Returns the route of one of the edge's own pages."""
    match = request.resolver_match
    return (match.url_name or "") if match else ""
