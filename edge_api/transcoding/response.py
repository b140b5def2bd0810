"""Responses to RPCs as HTTP responses: status, headers, body."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from edge_api.codec import Encoder
from edge_api.http.response_writer import ApiResponse
from edge_api.transcoding.etag import Preconditions, has_etag, quoted
from edge_api.transcoding.http_body import OCTETS, is_raw
from mesh.context import serving_now
from mesh.contract.model import Contract, HttpBinding, Method

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def resource_of(method: Method, http: HttpBinding) -> Descriptor | None:
    """Returns the type of a binding's response, where that is a resource."""
    field = method.descriptor.output_type.fields_by_name.get(http.response_body)
    return field.message_type if field is not None and not field.is_repeated else None


def location_of(
    method: Method, http: HttpBinding, contract: Contract
) -> Callable[[Message], str] | None:
    """Returns what makes the path of a created resource, by the GET binding that returns it.

    Without such a binding in its service the result is None. The path's only variable is
    the field of that name, or else the resource's `id`.
    """
    resource = resource_of(method, http)
    for template in _read_templates(method, contract, resource):
        variables = _VARIABLE.findall(template)
        if len(variables) != 1 or resource is None:
            continue
        name = variables[0] if variables[0] in resource.fields_by_name else "id"
        if name in resource.fields_by_name:
            before, _, after = _VARIABLE.split(template)
            return lambda created: f"{before}{quote(str(getattr(created, name)), safe='')}{after}/"
    return None


def _read_templates(
    method: Method, contract: Contract, resource: Descriptor | None
) -> Iterator[str]:
    for other in contract:
        if other.service_name == method.service_name:
            for binding in other.bindings:
                if binding.verb == "GET" and resource_of(other, binding) is resource:
                    yield binding.template


JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Content:
    """What many responses have in common; `etag` is without its quotes."""

    body: bytes
    content_type: str
    etag: str


class Reply:
    """Makes the responses of one binding, compiled.

    A `Create…` that returns a resource is 201 with its `Location`; an RPC whose response
    has no fields is 204; everything else is 200. A resource with an `etag` may be cached
    and revalidated; other responses must not be stored. A `google.api.HttpBody` is sent
    unchanged.
    """

    def __init__(
        self,
        method: Method,
        http: HttpBinding,
        contract: Contract,
        encoder: Encoder,
        preconditions: Preconditions,
    ) -> None:
        resource = resource_of(method, http)
        self.status = status_of(method, http)
        self.raw = is_raw(resource or method.descriptor.output_type)
        self._field = http.response_body
        self._encode = _encoder_of(method, http, encoder)
        self._location = location_of(method, http, contract) if self.status == 201 else None
        self._has_etag = has_etag(resource)
        self._preconditions = preconditions
        shared = "" if method.access.anyone else "private, "
        self._caching = f"{shared}no-cache" if self._has_etag else "no-store"

    def __call__(self, response: Message, headers: Mapping[str, str]) -> ApiResponse:
        """Raises PreconditionFailed. `headers` are the request's, as WSGI names them."""
        content: Any = getattr(response, self._field) if self._field else response
        extra = {"Cache-Control": self._caching}
        if serving_now().replayed:
            extra["Idempotency-Replayed"] = "true"
        if self._has_etag and content.etag:
            extra["ETag"] = quoted(content.etag)
            if self._preconditions.is_unchanged(headers, content.etag):
                return ApiResponse(304, extra)
        if self._location is not None:
            extra["Location"] = self._location(content)
        if self.status == 204:
            return ApiResponse(204, extra)
        body, extra["Content-Type"] = self._encoded(content)
        return ApiResponse(self.status, extra, body)

    def _encoded(self, content: Any) -> tuple[bytes, str]:
        if self.raw:
            return content.data, content.content_type or OCTETS
        return orjson.dumps(self._encode(content)), JSON

    def content(self, response: Message) -> Content:
        """Returns the content of responses that callers share; without an `etag` of its own it
        gets a digest, which is the same at all edges."""
        content: Any = getattr(response, self._field) if self._field else response
        body, kind = self._encoded(content)
        own = content.etag if self._has_etag else ""
        return Content(body, kind, own or blake2b(body, digest_size=16).hexdigest())

    def shared(
        self, content: Content, age_s: float, max_age_s: int, headers: Mapping[str, str]
    ) -> ApiResponse:
        """Returns a response of that content, as old as it is. Raises PreconditionFailed.

        Its age is rounded up, so that no cache on the way keeps it for longer than it may.
        """
        extra = {
            "Cache-Control": f"public, max-age={max_age_s}",
            "ETag": quoted(content.etag),
            "Vary": "Accept",
        }
        if age_s > 0:
            extra["Age"] = str(math.ceil(age_s))
        if self._preconditions.is_unchanged(headers, content.etag):
            return ApiResponse(304, extra)
        extra["Content-Type"] = content.content_type
        return ApiResponse(200, extra, content.body)


def status_of(method: Method, http: HttpBinding) -> int:
    if method.name.startswith("Create") and resource_of(method, http) is not None:
        return 201
    return 200 if method.descriptor.output_type.fields else 204


def _encoder_of(method: Method, http: HttpBinding, encoder: Encoder) -> Callable[[Any], Any]:
    output = method.descriptor.output_type
    if http.response_body:
        return encoder.values_of(output.fields_by_name[http.response_body])
    return encoder.of(output)
