"""What breaks who acts on errors or names resources: codes of reasons, types of resources."""

from collections.abc import Iterator
from typing import Any

from google.api import resource_pb2

from market.options.v1 import options_pb2
from tools.breaking.files import Parts
from tools.breaking.finding import BEHAVIOUR, SOURCE, Finding


def value_findings(old: Parts, new: Parts) -> Iterator[Finding]:
    """Yields reasons whose code changed, or that any RPC could fail with until now."""
    for name in old.values.keys() & new.values.keys():
        before, after = (_options(of.values[name]) for of in (old, new))
        if before[options_pb2.code] != after[options_pb2.code]:
            what = "its errors have another code"
            yield Finding("ERROR_CODE_CHANGED", name, BEHAVIOUR, what, "add another reason")
        if before[options_pb2.of_any_rpc] and not after[options_pb2.of_any_rpc]:
            what, instead = "no RPC fails with it now unless it lists it", "keep it of any RPC"
            yield Finding("ERROR_GONE", name, BEHAVIOUR, what, instead)


def resource_findings(old: Parts, new: Parts) -> Iterator[Finding]:
    """Yields resources that others refer to by another name now."""
    for name in old.messages.keys() & new.messages.keys():
        before, after = (_options(of.messages[name])[resource_pb2.resource] for of in (old, new))
        if before.type != after.type or set(before.pattern) - set(after.pattern):
            what = "its type or a pattern of its names changed"
            yield Finding("RESOURCE_CHANGED", name, SOURCE, what, "add a pattern beside it")


def _options(one: Any) -> Any:
    return one.GetOptions().Extensions
