"""Entity tags: `ETag`, `If-None-Match`, `If-Match` over the `etag` fields (AIP-154).

A header that a method can't honour is refused, never ignored: an update that was meant
to be conditional must not become an unconditional one. Django's `parse_etags` is not used, as
it takes `"a"b` for `"a"`. Source: RFC 9110, 13.1.
"""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from edge_api.problems.errors import HeaderInvalid, PreconditionFailed

ETAG = "etag"
IF_MATCH, IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"
_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*')
_SAFE = ("GET", "HEAD")
_UPDATES = ("PATCH", "PUT")


def has_etag(descriptor: Descriptor | None) -> bool:
    field = descriptor.fields_by_name.get(ETAG) if descriptor is not None else None
    return field is not None and field.type == FieldDescriptor.TYPE_STRING


class Preconditions:
    """The preconditions of one binding.

    `_within` is the field whose message has the request's `etag`: the resource in an update's
    body, or empty for the request itself, or None. What a POST creates has no version yet.
    """

    def __init__(self, verb: str, request: Descriptor, body_field: FieldDescriptor | None) -> None:
        self._verb = verb
        self._within: str | None = None
        if has_etag(request):
            self._within = ""
        elif verb in _UPDATES and body_field is not None and has_etag(body_field.message_type):
            self._within = body_field.name

    @property
    def takes_if_match(self) -> bool:
        return self._verb not in _SAFE and self._within is not None

    def apply(self, headers: Mapping[str, str], request: Message) -> None:
        """Sets the request's `etag` to `If-Match`. Raises HeaderInvalid, PreconditionFailed."""
        if self._verb in _SAFE:
            return
        if IF_NONE_MATCH in headers:
            raise HeaderInvalid("If-None-Match means nothing to this method")
        if IF_MATCH in headers and headers[IF_MATCH].strip() != "*":
            self._set_etag(request, _only_tag(headers[IF_MATCH]))

    def _set_etag(self, request: Message, tag: str) -> None:
        if self._within is None:
            raise HeaderInvalid("If-Match means nothing to this method")
        owner: Any = getattr(request, self._within) if self._within else request
        if owner.etag not in ("", tag):
            raise HeaderInvalid("If-Match and the etag in the body differ")
        owner.etag = tag

    def is_unchanged(self, headers: Mapping[str, str], etag: str) -> bool:
        """Whether a read returns 304. Raises PreconditionFailed by `If-Match`."""
        if self._verb not in _SAFE:
            return False
        if IF_MATCH in headers and not _matches(headers[IF_MATCH], etag, weakly=False):
            raise PreconditionFailed("the resource is in another version")
        return is_known(headers, etag)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Returns whether `If-None-Match` says that the client has this version already."""
    return IF_NONE_MATCH in headers and _matches(headers[IF_NONE_MATCH], etag, weakly=True)


def quoted(etag: str) -> str:
    return f'"{etag}"'


def _only_tag(header: str) -> str:
    match = _TAG.fullmatch(header)
    if match is None:
        raise HeaderInvalid('If-Match must be * or one entity tag, such as "abc"')
    if match[1]:
        raise PreconditionFailed("a weak entity tag never matches")
    return match[2]


def _matches(header: str, etag: str, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = [_TAG.fullmatch(part) for part in header.split(",")]
    return any(tag and tag[2] == etag and (weakly or not tag[1]) for tag in tags)
