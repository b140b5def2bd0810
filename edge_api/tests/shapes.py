"""Requests that are as costly to read as the contract allows: wide, deep, with many members,
with many violations, with one long text.

They are made from the descriptors, so that a new RPC, list or text is tried as well.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from edge_api.codec.descriptors import is_map
from edge_api.codec.well_known.registry import has_own_form
from mesh.contract.bounds import bound_of
from mesh.contract.model import HttpBinding, Method

ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
TIMES = (1, 10, 1000)  # the limit of a list
MOST_ITEMS = 300_000
HEAD_BYTES, MIB = 30_000, 1024 * 1024
JSON = {"Content-Type": "application/json"}
_VARIABLE = re.compile(r"\{[^{}]*\}")
Path = tuple[FieldDescriptor, ...]


@dataclass(frozen=True)
class Shape:
    """One request; over gRPC where there is no `http`."""

    name: str
    method: Method
    body: bytes = b""
    http: HttpBinding | None = None
    path: str = ""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sent_bytes(self) -> int:
        head = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.body) + len(self.path) + len(self.query) + head

    def __str__(self) -> str:
        through = f"{self.http.verb} {self.http.template}" if self.http else "gRPC"
        return f"{self.method.path} by {through}: {self.name}, {self.sent_bytes} bytes"


def of_message(method: Method) -> Iterator[Shape]:
    """Yields requests over gRPC."""
    request, room = method.descriptor.input_type, method.max_message_bytes
    for path in _paths(request, lambda one: one.is_repeated):
        for times in TIMES:
            message = GetMessageClass(request)()
            items = _owner(message, path)
            _lengthen(items, path[-1], _items(path[-1], times))
            body = message.SerializePartialToString()
            yield Shape(f"{_name(path)} x {times}", method, body)
    message = GetMessageClass(request)()
    texts = list(_paths(request, lambda one: one.type == one.TYPE_STRING and not one.is_repeated))
    for path in texts:
        setattr(_owner(message, path), path[-1].name, "a" * (room // (len(texts) + 1)))
    yield Shape("long texts", method, message.SerializePartialToString())
    yield Shape("unknown fields", method, b"\xfa\x7f\x01a" * (room // 4))
    yield Shape("groups in groups", method, b"\x0b" * room)
    yield Shape("a field over and over", method, b"\x0a\x00" * (room // 2))


def of_binding(method: Method, http: HttpBinding) -> Iterator[Shape]:
    """Yields requests over REST."""

    def shape(name: str, body: bytes = b"", query: str = "", **headers: str) -> Shape:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        sent = (JSON if body else {}) | named
        return Shape(name, method, body, http, _VARIABLE.sub(ANY_ID, http.template), query, sent)

    if http.body:
        for room in sorted({method.max_request_bytes, MIB}):
            for name, body in _bodies(room):
                yield shape(name, body)
        for name, body in _lists(method, http):
            yield shape(name, body)
    for path in _paths(method.descriptor.input_type, lambda one: one.is_repeated):
        yield shape(f"{_name(path)} in the query", query=_repeated(f"{_name(path)}=a&"))
    for part in ("a=1&", "&", "a.", "update_mask=a,", "%41", "page_token=a&"):
        yield shape(f"a query of {part}", query=_repeated(part))
    for part in ("a/b,", "a/b;", ";", '";', "*/*;q=0.1,"):
        yield shape(f"an Accept of {part}", Accept=_repeated(part))
        yield shape(f"a Content-Type of {part}", b"{}", Content_Type=_repeated(part))
    yield shape("many entity tags", If_None_Match=_repeated('"a", '))
    yield shape("a long token", Authorization="Bearer " + _repeated("e30."))
    yield shape("many cookies", Cookie=_repeated("a=b; "))


def _bodies(room: int) -> Iterator[tuple[str, bytes]]:
    """Yields JSON that nests, is wide, has many members, or is broken at its end."""
    for part in (b"[],", b"{},", b'"",', b"1,", b"1.5e3,", b'{"a":[]},', b'"\\u0041",'):
        yield f"a list of {part.decode()}", b"[" + part * ((room - 3) // len(part)) + b"1]"
    for part in (b"[", b'{"a":', b'"\\', b'"', b"\\", b" ", b"9", b"]", b"[[[]]],"):
        yield f"only {part.decode()}", part * (room // len(part))
    members = ",".join(f'"{number}":0' for number in range(room // 12)).encode()
    yield "many members", b"{" + members + b"}"
    yield "a member over and over", b"{" + b'"a":1,' * (room // 6 - 1) + b'"a":1}'


def _lists(method: Method, http: HttpBinding) -> Iterator[tuple[str, bytes]]:
    """Yields, for each list of a body, one of empty items that is longer than allowed."""
    whole = method.descriptor.input_type
    inside = whole if http.body == "*" else whole.fields_by_name[http.body].message_type
    if inside is None or has_own_form(inside):
        return
    for path in _paths(inside, lambda one: one.is_repeated):
        for times in TIMES:
            tree: Any = _json_items(path[-1], _items(path[-1], times))
            for step in reversed(path):
                tree = {step.name: tree}
            yield f"{_name(path)} x {times}", json.dumps(tree, separators=(",", ":")).encode()


def _paths(descriptor: Descriptor, wanted: Any, within: Path = ()) -> Iterator[Path]:
    """Yields the matching fields of a request, nested ones included."""
    for one in descriptor.fields:
        if wanted(one):
            yield (*within, one)
        elif one.message_type is not None and not one.is_repeated and len(within) < 3:
            yield from _paths(one.message_type, wanted, (*within, one))


def _items(one: FieldDescriptor, times: int) -> int:
    bound = bound_of(one)
    return min((bound.most if bound is not None else 20) * times, MOST_ITEMS)


def _lengthen(message: Any, one: FieldDescriptor, items: int) -> None:
    values = getattr(message, one.name)
    if is_map(one):
        return
    if one.message_type is not None:
        for _ in range(items):
            values.add()
    else:
        values.extend(["" if one.cpp_type == one.CPPTYPE_STRING else 0] * items)


def _json_items(one: FieldDescriptor, items: int) -> Any:
    if is_map(one):
        return {str(number): None for number in range(items)}
    return [{} if one.message_type is not None else ""] * items


def _owner(message: Any, path: Path) -> Any:
    for step in path[:-1]:
        message = getattr(message, step.name)
    return message


def _name(path: Path) -> str:
    return ".".join(step.name for step in path)


def _repeated(part: str) -> str:
    return (part * (HEAD_BYTES // len(part))).strip()
