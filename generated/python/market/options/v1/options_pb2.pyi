from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.rpc import code_pb2 as _code_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class IdempotencyKey(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDEMPOTENCY_KEY_UNSPECIFIED: _ClassVar[IdempotencyKey]
    IDEMPOTENCY_KEY_OPTIONAL: _ClassVar[IdempotencyKey]
    IDEMPOTENCY_KEY_REQUIRED: _ClassVar[IdempotencyKey]

class RateClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RATE_CLASS_UNSPECIFIED: _ClassVar[RateClass]
    RATE_CLASS_READ: _ClassVar[RateClass]
    RATE_CLASS_WRITE: _ClassVar[RateClass]
    RATE_CLASS_LOGIN: _ClassVar[RateClass]
IDEMPOTENCY_KEY_UNSPECIFIED: IdempotencyKey
IDEMPOTENCY_KEY_OPTIONAL: IdempotencyKey
IDEMPOTENCY_KEY_REQUIRED: IdempotencyKey
RATE_CLASS_UNSPECIFIED: RateClass
RATE_CLASS_READ: RateClass
RATE_CLASS_WRITE: RateClass
RATE_CLASS_LOGIN: RateClass
SERVED_BY_FIELD_NUMBER: _ClassVar[int]
served_by: _descriptor.FieldDescriptor
SERVED_BY_EACH_FIELD_NUMBER: _ClassVar[int]
served_by_each: _descriptor.FieldDescriptor
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor
DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
deadline_ms: _descriptor.FieldDescriptor
IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
idempotency_key: _descriptor.FieldDescriptor
RATE_CLASS_FIELD_NUMBER: _ClassVar[int]
rate_class: _descriptor.FieldDescriptor
MAX_REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
max_request_bytes: _descriptor.FieldDescriptor
LISTS_REVOKED_TOKENS_FIELD_NUMBER: _ClassVar[int]
lists_revoked_tokens: _descriptor.FieldDescriptor
COALESCED_FIELD_NUMBER: _ClassVar[int]
coalesced: _descriptor.FieldDescriptor
MAX_AGE_S_FIELD_NUMBER: _ClassVar[int]
max_age_s: _descriptor.FieldDescriptor
EXAMPLE_FIELD_NUMBER: _ClassVar[int]
example: _descriptor.FieldDescriptor
ERRORS_FIELD_NUMBER: _ClassVar[int]
errors: _descriptor.FieldDescriptor
LIFE_CYCLE_FIELD_NUMBER: _ClassVar[int]
life_cycle: _descriptor.FieldDescriptor
MAX_OPEN_STREAMS_PER_CALLER_FIELD_NUMBER: _ClassVar[int]
max_open_streams_per_caller: _descriptor.FieldDescriptor
SENSITIVE_FIELD_NUMBER: _ClassVar[int]
sensitive: _descriptor.FieldDescriptor
HEADER_FIELD_NUMBER: _ClassVar[int]
header: _descriptor.FieldDescriptor
CODE_FIELD_NUMBER: _ClassVar[int]
code: _descriptor.FieldDescriptor
OF_ANY_RPC_FIELD_NUMBER: _ClassVar[int]
of_any_rpc: _descriptor.FieldDescriptor

class AccessRule(_message.Message):
    __slots__ = ("anyone", "signed_in", "owner_field", "staff_scope", "services")
    ANYONE_FIELD_NUMBER: _ClassVar[int]
    SIGNED_IN_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_FIELD_NUMBER: _ClassVar[int]
    STAFF_SCOPE_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    anyone: bool
    signed_in: bool
    owner_field: str
    staff_scope: str
    services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, anyone: _Optional[bool] = ..., signed_in: _Optional[bool] = ..., owner_field: _Optional[str] = ..., staff_scope: _Optional[str] = ..., services: _Optional[_Iterable[str]] = ...) -> None: ...

class LifeCycle(_message.Message):
    __slots__ = ("deprecated_since", "sunset", "successor", "gone_after_sunset")
    DEPRECATED_SINCE_FIELD_NUMBER: _ClassVar[int]
    SUNSET_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    GONE_AFTER_SUNSET_FIELD_NUMBER: _ClassVar[int]
    deprecated_since: str
    sunset: str
    successor: str
    gone_after_sunset: bool
    def __init__(self, deprecated_since: _Optional[str] = ..., sunset: _Optional[str] = ..., successor: _Optional[str] = ..., gone_after_sunset: _Optional[bool] = ...) -> None: ...

class ErrorRule(_message.Message):
    __slots__ = ("reason", "when")
    REASON_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    reason: str
    when: str
    def __init__(self, reason: _Optional[str] = ..., when: _Optional[str] = ...) -> None: ...
