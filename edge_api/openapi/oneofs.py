"""`oneof` as JSON Schema: of its members at most one, or exactly one, may be given."""

from itertools import combinations
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, OneofDescriptor

from edge_api.openapi.constraints import Schema


def oneof_keywords(descriptor: Descriptor) -> Schema:
    """Returns keywords for an object of this type."""
    oneofs = [oneof for oneof in descriptor.oneofs if len(oneof.fields) > 1]  # else `optional`
    rules: list[Schema] = []
    for oneof in oneofs:
        rules += [_exactly_one(oneof)] if _is_required(oneof) else _no_two(oneof)
    return rules[0] if len(rules) == 1 else {"allOf": rules} if rules else {}


def _is_required(oneof: OneofDescriptor) -> bool:
    options: Any = oneof.GetOptions()
    return bool(options.Extensions[validate_pb2.oneof].required)


def _exactly_one(oneof: OneofDescriptor) -> Schema:
    return {"oneOf": [{"required": [field.name]} for field in oneof.fields]}


def _no_two(oneof: OneofDescriptor) -> list[Schema]:
    pairs = combinations([field.name for field in oneof.fields], 2)
    return [{"not": {"required": list(pair)}} for pair in pairs]
