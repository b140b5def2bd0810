"""From a response message to an HTTP response: status, headers, body."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from google.protobuf.message import Message

from edge_api.codec import Encoder
from edge_api.locations import location_of, resource_of
from edge_api.preconditions import Preconditions, has_etag, quoted
from edge_api.raw import OCTETS, is_raw
from mesh.context import serving_now
from mesh.contract.model import Contract, HttpBinding, Method

JSON = "application/json"


class Reply:
    """One binding's answer, compiled.

    A `Create…` that answers a resource is 201 with its `Location`; an RPC whose response
    has no fields is 204; everything else is 200. What has an `etag` may be kept by its
    reader and asked for again; the rest is not stored anywhere. A `google.api.HttpBody`
    goes out as it is.
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
        creates = method.name.startswith("Create") and resource is not None
        self.status = status_of(method, http)
        self.raw = is_raw(resource or method.descriptor.output_type)
        self._field = http.response_body
        self._encode = _encoder_of(method, http, encoder)
        self._location = location_of(method, http, contract) if creates else None
        self._has_etag = has_etag(resource)
        self._preconditions = preconditions
        shared = "" if method.access.anyone else "private, "
        self._caching = f"{shared}no-cache" if self._has_etag else "no-store"

    def __call__(self, response: Message, headers: Mapping[str, str]) -> HttpResponse:
        """`headers` are the request's, as WSGI names them. Raises PreconditionFailed."""
        content: Any = getattr(response, self._field) if self._field else response
        extra = {"Cache-Control": self._caching}
        if serving_now().replayed:
            extra["Idempotency-Replayed"] = "true"
        if self._has_etag and content.etag:
            extra["ETag"] = quoted(content.etag)
            if self._preconditions.is_unchanged(headers, content.etag):
                return HttpResponse(status=304, headers=extra)
        if self._location is not None:
            extra["Location"] = self._location(content)
        if self.status == 204:
            return HttpResponse(status=204, headers=extra)
        if self.raw:
            kind = content.content_type or OCTETS
            return HttpResponse(content.data, content_type=kind, headers=extra)
        body = orjson.dumps(self._encode(content))
        return HttpResponse(body, status=self.status, content_type=JSON, headers=extra)


def status_of(method: Method, http: HttpBinding) -> int:
    if method.name.startswith("Create") and resource_of(method, http) is not None:
        return 201
    return 200 if method.descriptor.output_type.fields else 204


def _encoder_of(method: Method, http: HttpBinding, encoder: Encoder) -> Callable[[Any], Any]:
    output = method.descriptor.output_type
    if http.response_body:
        return encoder.values_of(output.fields_by_name[http.response_body])
    return encoder.of(output)
