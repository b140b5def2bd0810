"""Comments of a contract, by the full name of what they describe."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf import descriptor_pb2

_LINT = re.compile(r"^\s*buf:lint:.*$", re.MULTILINE)
_WRAPPED = re.compile(r"(?<!\n)\n(?![\n|])[ \t]*")  # but for a row of a table

# Field numbers that source locations are made of: google/protobuf/descriptor.proto.
_OF_FILE = {4: "message_type", 5: "enum_type", 6: "service"}
_OF_MESSAGE = {2: "field", 3: "nested_type", 4: "enum_type", 8: "oneof_decl"}
_OF_ENUM = {2: "value"}
_OF_SERVICE = {2: "method"}
_BELOW = {
    "message_type": _OF_MESSAGE,
    "nested_type": _OF_MESSAGE,
    "enum_type": _OF_ENUM,
    "service": _OF_SERVICE,
}


def comments_of(files: Iterable[descriptor_pb2.FileDescriptorProto]) -> dict[str, str]:
    """Returns leading comments, unwrapped: a paragraph a line."""
    found: dict[str, str] = {}
    for file in files:
        for location in file.source_code_info.location:
            names = list(_names(file, location.path))
            text = _clean(location.leading_comments)
            if text and names and len(names) * 2 == len(location.path):
                found[".".join([file.package, *names])] = text
    return found


def _names(file: Any, path: Iterable[int]) -> Iterator[str]:
    """Yields the names on a location's path: one a step, or fewer for what has no name."""
    steps, owner, below = iter(path), file, _OF_FILE
    for kind, index in zip(steps, steps, strict=False):
        if kind not in below:
            return
        collection = below[kind]
        owner, below = getattr(owner, collection)[index], _BELOW.get(collection, {})
        yield owner.name


def _clean(comment: str) -> str:
    text = "\n".join(line.strip() for line in _LINT.sub("", comment).splitlines())
    return _WRAPPED.sub(" ", text.replace("\nErrors:", "\n\nErrors:").strip())
