"""The one view of the public API, which serves every binding of every RPC."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from google.protobuf import empty_pb2
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from edge_api.gateway.edge import Edge
from edge_api.gateway.endpoints import Endpoint
from edge_api.gateway.negotiation import StrictJSONParser, negotiated
from edge_api.http.request_id import fill_request_id
from edge_api.http.response_writer import AnyResponse
from edge_api.problems.errors import MethodNotAllowed, RateLimited, RouteNotFound
from edge_api.transcoding.http_body import RawBody
from edge_api.transcoding.request import ABSENT, Bound
from edge_api.transcoding.router import Match
from mesh.auth.access import NOBODY, Caller, TokenMissing, authorize
from mesh.auth.tokens import KeyUnknown
from mesh.context import Call, serving_now
from mesh.contract.model import Access
from mesh.contract.validation import check

_UNREAD = empty_pb2.Empty()


class RpcView(APIView):
    """DRF's request, authentication and exception handler, on asyncio.

    Access is checked before the body is read, so that an unauthorized caller learns nothing
    about it, and no service is called before the whole request is known to be valid.
    """

    edge: Edge = None  # type: ignore[assignment]  # set by as_view()
    endpoint: Endpoint | None = None
    parser_classes = [StrictJSONParser]
    rate_headers: Mapping[str, str] = {}
    view_is_async = True  # Django asks get(), post() and so on, of which there are none

    async def dispatch(  # type: ignore[override]  # DRF's is not async
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Any:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = self.initialize_request(request)
        try:
            match = self._match(request)
            if request.method == "OPTIONS":
                return HttpResponse(status=204, headers={"Allow": ", ".join(match.allowed)})
            response: Any = await self._serve(self.request, match)
        except Exception as error:  # noqa: BLE001  # as in DRF: one handler for all
            response = self.handle_exception(error)
        for name, value in self.rate_headers.items():
            response[name] = value
        if self.endpoint is not None and self.endpoint.announcement is not None:
            for name, value in self.endpoint.announcement.headers(match):
                response[name] = value
        # It refers to the request and to this view, all of which the garbage collector would free.
        self.request.parser_context.clear()
        return response

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Returns DRF's request, which finds these two by `__getattr__` otherwise, each time."""
        made = super().initialize_request(request, *args, **kwargs)
        made.META, made.method = request.META, request.method
        return made

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [self.edge.authentication]

    def _match(self, request: Any) -> Match[Endpoint]:
        """Returns the match found before the body was read. Raises RouteNotFound."""
        match: Match[Endpoint] | None = request.rpc_match
        if match is None:
            raise RouteNotFound
        return match

    async def _serve(self, request: Request, match: Match[Endpoint]) -> AnyResponse:
        verb = "GET" if request.method == "HEAD" else str(request.method)
        endpoint = self.endpoint = match.targets.get(verb)
        if endpoint is None:
            raise MethodNotAllowed(match.allowed)
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        request.accepted_renderer, request.accepted_media_type, request.version = negotiated(
            accept, endpoint.renderers
        )
        call = serving_now()
        call.method, call.route = endpoint.method.path, endpoint.http.template
        call.deadline = call.received + endpoint.method.deadline_s
        await self._identify(request, call)
        await self._acquire(endpoint, call)
        authorize_unread(endpoint.method.access, call.caller)
        query, body = request.META["QUERY_STRING"], body_of(request, endpoint)
        bound = endpoint.binding.bind(match.variables(verb), query, body)
        self._check(endpoint, bound, call)
        return await endpoint.respond(bound.request, request)

    async def _identify(self, request: Request, call: Call) -> None:
        # What `request.user` does first; it looks for a former outcome by an error, at four times
        # the price of authenticating.
        authenticate: Callable[[], None] = request._authenticate  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        try:
            authenticate()
        except KeyUnknown:
            await self.edge.refresh_keys()
            authenticate()
        caller: Any = request.user
        if caller is not None:
            call.caller, call.user_token = caller, str(request.auth)

    async def _acquire(self, endpoint: Endpoint, call: Call) -> None:
        decision = await self.edge.limiter.acquire(endpoint.method.rate_class, call)
        if decision is not None:
            self.rate_headers = decision.headers
            if decision.wait_s > 0:
                raise RateLimited("too many requests", retry_after_s=decision.wait_s)

    def _check(self, endpoint: Endpoint, bound: Bound, call: Call) -> None:
        """Refuses, before the service is called, what the service would refuse."""
        method, headers = endpoint.method, self.request.META
        authorize(method.access, call.caller, bound.request)
        bound.confirm()
        endpoint.binding.headers.fill(bound.request, headers)
        fill_request_id(method, bound.request, headers, call)
        endpoint.binding.preconditions.apply(headers, bound.request)
        if endpoint.stream is not None:
            endpoint.stream.resume(bound.request, headers)
        check(bound.request)


def body_of(request: Request, endpoint: Endpoint) -> Any:
    """Returns the body for `Binding.bind`. Raises BodyMalformed, UnsupportedMediaType."""
    if not int(request.META["CONTENT_LENGTH"]):
        return ABSENT
    if endpoint.binding.takes_raw_body:
        return RawBody(request.content_type, request.body)
    return request.data


def authorize_unread(access: Access, caller: Caller) -> None:
    """Refuses a caller to whom no request would be allowed, before the request is read."""
    if caller == NOBODY and not access.anyone:
        raise TokenMissing("sign in first: this needs an access token")
    if not access.owner_field:
        authorize(access, caller, _UNREAD)
