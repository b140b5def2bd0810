"""The errors that the contract lets an RPC fail with, read from its options.

An RPC lists reasons; the `ErrorReason` of its package, or else the kit's, has the code and
the domain of each. Source: AIP-193, `market/options/v1/options.proto`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.descriptor import (
    EnumDescriptor,
    EnumValueDescriptor,
    FileDescriptor,
    MethodDescriptor,
)
from google.rpc import code_pb2

from market.options.v1 import options_pb2, reasons_pb2

KIT = options_pb2.DESCRIPTOR.package
ENUM, PREFIX = "ErrorReason", "ERROR_REASON_"
# Of every RPC whose callers may leave its request_id out, so that the kit makes repeats safe.
OF_NAMED_REQUESTS = ("REQUEST_IN_PROGRESS", "REQUEST_ID_REUSED")


class UnknownReason(Exception):
    """An RPC lists a reason that no `ErrorReason` has, or one without a code."""


@dataclass(frozen=True, slots=True)
class DeclaredError:
    """An error of the contract; `when` is for people, and empty where the reason says it."""

    code: "code_pb2.Code.ValueType"
    reason: str
    domain: str
    when: str = ""

    @property
    def name(self) -> str:
        """Returns it as comments have it: `NOT_FOUND/ORDER_NOT_FOUND`."""
        return f"{code_pb2.Code.Name(self.code)}/{self.reason}"


def reasons_of(package: FileDescriptor) -> dict[str, DeclaredError]:
    """Returns the errors that the `ErrorReason` of a file's package lists, by reason."""
    enum = _reasons(package)
    names = [value.name.removeprefix(PREFIX) for value in enum.values if value.number]
    return {name: _of(enum, name) for name in names}


def errors_of(method: MethodDescriptor) -> tuple[DeclaredError, ...]:
    """Returns the errors that an RPC lists, in its order. Raises UnknownReason."""
    options: Any = method.GetOptions()
    rules = options.Extensions[options_pb2.errors]
    own = _reasons(method.containing_service.file) if rules else _kits()
    return tuple(
        _of(own if PREFIX + rule.reason in own.values_by_name else _kits(), rule.reason, rule.when)
        for rule in rules
    )


@cache
def of_any_rpc() -> tuple[DeclaredError, ...]:
    """Returns the errors that no RPC lists, as any may fail with them."""
    return tuple(
        _of(_kits(), value.name.removeprefix(PREFIX))
        for value in _kits().values
        if _option(value, options_pb2.of_any_rpc)
    )


@cache
def of_named_requests() -> tuple[DeclaredError, ...]:
    return tuple(_of(_kits(), reason) for reason in OF_NAMED_REQUESTS)


def _reasons(file: FileDescriptor) -> EnumDescriptor:
    """Returns the reasons of a file's package, which another file of it may have."""
    try:
        found: EnumDescriptor = file.pool.FindEnumTypeByName(f"{file.package}.{ENUM}")
    except KeyError:
        return _kits()
    return found


def _kits() -> EnumDescriptor:
    found: EnumDescriptor = reasons_pb2.DESCRIPTOR.enum_types_by_name[ENUM]
    return found


def _of(enum: EnumDescriptor, reason: str, when: str = "") -> DeclaredError:
    value = enum.values_by_name.get(PREFIX + reason)
    code = _option(value, options_pb2.code) if value is not None else 0
    if not code:
        raise UnknownReason(f"no code for the reason {reason}")
    return DeclaredError(code, reason, enum.file.package, when)


def _option(value: EnumValueDescriptor, extension: Any) -> Any:
    options: Any = value.GetOptions()
    return options.Extensions[extension]
