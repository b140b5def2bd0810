"""The contract of every RPC, read once from descriptors.

Edge, channels and servers take an RPC's HTTP bindings, access rule, deadline and
idempotency from here. Source of the options: `market/options/v1/options.proto`,
`google/api/http.proto`, `descriptor.proto` (`idempotency_level`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from google.api import annotations_pb2, field_behavior_pb2, field_info_pb2, http_pb2
from google.protobuf import descriptor, descriptor_pb2, descriptor_pool, message, message_factory

import market
from market.options.v1 import options_pb2
from mesh.contract.errors import (
    DeclaredError,
    UnknownReason,
    errors_of,
    of_any_rpc,
    of_named_requests,
)
from mesh.contract.life_cycle import LifeCycle, LifeCycleWrong, life_cycle_of
from mesh.contract.max_age import NotShareable, max_age_s_of
from mesh.core import config

DESCRIPTOR_SET = Path(market.__path__[0]).parent.parent / "descriptors" / "market.binpb"
# The default: enough for the longest request of most RPCs, and little to work through.
MAX_REQUEST_BYTES = 64 * 1024
# What path, query and headers of a REST request may add to the message made of it.
MAX_HEAD_BYTES = 32 * 1024
_RETRYABLE = {
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
    descriptor_pb2.MethodOptions.IDEMPOTENT,
}


class RateClass(Enum):
    """The budget of its caller that a request draws on; see the option of that name."""

    READ = options_pb2.RATE_CLASS_READ
    WRITE = options_pb2.RATE_CLASS_WRITE
    LOGIN = options_pb2.RATE_CLASS_LOGIN


class ContractError(Exception):
    """The contract lacks an option that it needs, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call; any part that allows a caller is enough."""

    anyone: bool = False
    signed_in: bool = False
    owner_field: tuple[str, ...] = ()
    staff_scope: str = ""
    services: frozenset[str] = frozenset()

    @property
    def internal(self) -> bool:
        """Returns whether only services may call, so that the edge does not serve the RPC."""
        return not (self.anyone or self.signed_in or self.owner_field or self.staff_scope)


@dataclass(frozen=True, slots=True)
class HttpBinding:
    """One REST form of an RPC; see `google.api.HttpRule` for `body` and `response_body`."""

    verb: str
    template: str
    body: str
    response_body: str


@dataclass(frozen=True)
class Method:
    """One RPC and its options."""

    descriptor: descriptor.MethodDescriptor
    access: Access
    deadline_s: float
    bindings: tuple[HttpBinding, ...]
    idempotency_level: int
    served_by: str
    needs_idempotency_key: bool = False
    rate_class: RateClass = RateClass.WRITE
    max_request_bytes: int = MAX_REQUEST_BYTES
    max_open_streams_per_caller: int = 0
    coalesced: bool = False
    max_age_s: int = 0
    errors: tuple[DeclaredError, ...] = ()
    life_cycle: LifeCycle | None = None

    @property
    def name(self) -> str:
        return self.descriptor.name

    @cached_property
    def full_name(self) -> str:
        """Returns the name in telemetry and wirings: `market.user.v1.UserService/GetUser`."""
        return f"{self.service_name}/{self.name}"

    @cached_property
    def path(self) -> str:
        """Returns the name on the wire: `/market.user.v1.UserService/GetUser`."""
        return f"/{self.full_name}"

    @property
    def service_name(self) -> str:
        return self.descriptor.containing_service.full_name

    @property
    def max_message_bytes(self) -> int:
        """Returns the size of the longest request over gRPC."""
        return self.max_request_bytes + MAX_HEAD_BYTES

    @property
    def retryable(self) -> bool:
        return self.idempotency_level in _RETRYABLE

    @cached_property
    def changes_nothing(self) -> bool:
        return self.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS

    @cached_property
    def request_class(self) -> type[message.Message]:
        return message_factory.GetMessageClass(self.descriptor.input_type)

    @cached_property
    def response_class(self) -> type[message.Message]:
        return message_factory.GetMessageClass(self.descriptor.output_type)

    @cached_property
    def request_id_field(self) -> str:
        """Returns the field that identifies a request (AIP-155), or empty."""
        return "request_id" if "request_id" in self.descriptor.input_type.fields_by_name else ""

    @cached_property
    def generates_request_id(self) -> bool:
        """Returns whether clients fill an empty `request_id` with a UUID (AIP-4235)."""
        if not self.request_id_field:
            return False
        options: Any = self.descriptor.input_type.fields_by_name["request_id"].GetOptions()
        info = options.Extensions[field_info_pb2.field_info]
        required = (
            field_behavior_pb2.REQUIRED in options.Extensions[field_behavior_pb2.field_behavior]
        )
        return bool(info.format == field_info_pb2.FieldInfo.UUID4) and not required

    @cached_property
    def all_errors(self) -> tuple[DeclaredError, ...]:
        """Returns what it may fail with: its own errors, and those that the kit may add."""
        of_requests = of_named_requests() if self.generates_request_id else ()
        return (*self.errors, *of_requests, *of_any_rpc())

    @cached_property
    def _failures(self) -> frozenset[tuple[int, str, str]]:
        return frozenset((one.code, one.reason, one.domain) for one in self.all_errors)

    def may_fail_with(self, code: int, reason: str, domain: str) -> bool:
        return (code, reason, domain) in self._failures


class Contract:
    """The RPCs of a set of gRPC services, by their name on the wire.

    Raises ContractError when one lacks an access rule, a deadline or the service that serves it.
    """

    def __init__(self, services: Iterable[descriptor.ServiceDescriptor]) -> None:
        rpcs = (read_method(method) for service in services for method in service.methods)
        self.methods: Mapping[str, Method] = {method.path: method for method in rpcs}

    def __iter__(self) -> Iterator[Method]:
        return iter(self.methods.values())

    def served_by(self, service: str) -> list[Method]:
        return [method for method in self if method.served_by == service]

    def bound_to(self, verb: str, template: str) -> Method:
        """Returns the RPC with this REST form. Raises ContractError."""
        for method in self:
            if any((http.verb, http.template) == (verb, template) for http in method.bindings):
                return method
        raise ContractError(f"no RPC is bound to {verb} {template}")

    @classmethod
    def from_descriptor_set(
        cls, content: bytes, pool: descriptor_pool.DescriptorPool | None = None
    ) -> "Contract":
        """Reads a self-contained `FileDescriptorSet`, but for what every service serves.

        Its message classes live in `pool`: by default a pool of their own, which keeps
        comments and needs no generated code.
        """
        pool = pool or descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(content).file
        for file in files:
            pool.Add(file)
        return cls(
            service
            for file in files
            for service in pool.FindFileByName(file.name).services_by_name.values()
            if not is_served_by_each(service)
        )


def read_method(method: descriptor.MethodDescriptor) -> Method:
    """Returns the RPC that a descriptor and its options describe. Raises ContractError."""
    options: Any = method.GetOptions()
    deadline_ms = options.Extensions[options_pb2.deadline_ms]
    service_options: Any = method.containing_service.GetOptions()
    served_by = service_options.Extensions[options_pb2.served_by]
    for missing, value in (
        ("market.options.v1.access", options.HasExtension(options_pb2.access)),
        ("market.options.v1.deadline_ms", deadline_ms),
        ("market.options.v1.served_by", served_by or is_served_by_each(method.containing_service)),
    ):
        if not value:
            raise ContractError(f"{method.full_name} has no ({missing})")
    return Method(
        descriptor=method,
        access=_access(options.Extensions[options_pb2.access]),
        deadline_s=deadline_ms / 1000,
        bindings=tuple(_bindings(options)),
        idempotency_level=options.idempotency_level,
        served_by=served_by,
        needs_idempotency_key=_needs_key(method, options.Extensions[options_pb2.idempotency_key]),
        rate_class=_rate_class(options),
        max_request_bytes=options.Extensions[options_pb2.max_request_bytes] or MAX_REQUEST_BYTES,
        max_open_streams_per_caller=_max_open_streams(method, options),
        coalesced=_coalesced(method, options),
        max_age_s=_max_age_s(method),
        errors=_errors(method),
        life_cycle=_life_cycle(method),
    )


def is_served_by_each(service: descriptor.ServiceDescriptor) -> bool:
    """Returns whether an API is a part of the mesh itself, which every service serves."""
    options: Any = service.GetOptions()
    return bool(options.Extensions[options_pb2.served_by_each])


def _coalesced(method: descriptor.MethodDescriptor, options: Any) -> bool:
    if not options.Extensions[options_pb2.coalesced]:
        return False
    if method.server_streaming or method.client_streaming:
        raise ContractError(f"{method.full_name} is not unary, so it can't be coalesced")
    reads = options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
    repeats = options.idempotency_level in _RETRYABLE and (
        "request_id" in method.input_type.fields_by_name
    )
    if not reads and not repeats:
        raise ContractError(
            f"{method.full_name} is neither a read nor IDEMPOTENT by a request_id,"
            " so it can't be coalesced"
        )
    return True


def _max_age_s(method: descriptor.MethodDescriptor) -> int:
    try:
        return max_age_s_of(method)
    except NotShareable as error:
        raise ContractError(f"{method.full_name}: {error}") from error


def _rate_class(options: Any) -> RateClass:
    """Returns the class that the option sets; its comment gives the defaults."""
    if explicit := options.Extensions[options_pb2.rate_class]:
        return RateClass(explicit)
    if options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS:
        return RateClass.READ
    open_to_all = options.Extensions[options_pb2.access].anyone
    return RateClass.LOGIN if open_to_all else RateClass.WRITE


def _max_open_streams(method: descriptor.MethodDescriptor, options: Any) -> int:
    most: int = options.Extensions[options_pb2.max_open_streams_per_caller]
    if most and not method.server_streaming:
        raise ContractError(f"{method.full_name} limits the streams that it does not open")
    return most


def _errors(method: descriptor.MethodDescriptor) -> tuple[DeclaredError, ...]:
    try:
        return errors_of(method)
    except UnknownReason as error:
        raise ContractError(f"{method.full_name}: {error}") from error


def _life_cycle(method: descriptor.MethodDescriptor) -> LifeCycle | None:
    try:
        return life_cycle_of(method)
    except LifeCycleWrong as error:
        raise ContractError(f"{method.full_name}: {error}") from error


def _needs_key(method: descriptor.MethodDescriptor, rule: int) -> bool:
    required = rule == options_pb2.IDEMPOTENCY_KEY_REQUIRED
    if required and "request_id" not in method.input_type.fields_by_name:
        raise ContractError(f"{method.full_name} requires a key for the request_id it lacks")
    return required


def _access(rule: options_pb2.AccessRule) -> Access:
    return Access(
        anyone=rule.anyone,
        signed_in=rule.signed_in,
        owner_field=tuple(rule.owner_field.split(".")) if rule.owner_field else (),
        staff_scope=rule.staff_scope,
        services=frozenset(rule.services),
    )


def _bindings(options: descriptor_pb2.MethodOptions) -> Iterator[HttpBinding]:
    if not options.HasExtension(annotations_pb2.http):
        return
    rule: http_pb2.HttpRule = options.Extensions[annotations_pb2.http]
    for one in (rule, *rule.additional_bindings):
        verb = one.WhichOneof("pattern")
        if verb is None or verb == "custom":
            raise ContractError("an HTTP binding must be get, put, post, patch or delete")
        yield HttpBinding(
            verb=verb.upper(),
            template=getattr(one, verb),
            body=one.body,
            response_body=one.response_body or rule.response_body,
        )


@cache
def market_contract() -> Contract:
    """Returns the contract of `generated/`, or of the descriptor set that MESH_CONTRACT names.

    Raises SettingError where there is none.
    """
    return Contract.from_descriptor_set(_descriptor_set())


def market_descriptors() -> descriptor_pb2.FileDescriptorSet:
    """Returns the files of that contract, with their comments. Raises SettingError."""
    return descriptor_pb2.FileDescriptorSet.FromString(_descriptor_set())


def descriptor_set() -> Path:
    """Returns the path of the descriptor set of the mesh. Raises SettingError."""
    about = "The descriptor set of the mesh; by default the one in `generated/`."
    named = config.text("MESH_CONTRACT", "", about=about, kind="path")
    if not named and not DESCRIPTOR_SET.exists():
        raise config.SettingError("MESH_CONTRACT is not set")
    return Path(named or DESCRIPTOR_SET)


def _descriptor_set() -> bytes:
    path = descriptor_set()
    try:
        return path.read_bytes()
    except OSError as error:
        raise config.SettingError(f"MESH_CONTRACT: {error.strerror}: {path}") from error
