from buf.validate import validate_pb2 as _validate_pb2
from google.rpc import status_pb2 as _status_pb2
from market.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallRequest(_message.Message):
    __slots__ = ("method", "calls")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    method: str
    calls: _containers.RepeatedCompositeFieldContainer[Call]
    def __init__(self, method: _Optional[str] = ..., calls: _Optional[_Iterable[_Union[Call, _Mapping]]] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("request", "user_token", "request_id", "traceparent", "client_address", "timeout_ms", "max_age_ms")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    USER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_MS_FIELD_NUMBER: _ClassVar[int]
    request: bytes
    user_token: str
    request_id: str
    traceparent: str
    client_address: str
    timeout_ms: int
    max_age_ms: int
    def __init__(self, request: _Optional[bytes] = ..., user_token: _Optional[str] = ..., request_id: _Optional[str] = ..., traceparent: _Optional[str] = ..., client_address: _Optional[str] = ..., timeout_ms: _Optional[int] = ..., max_age_ms: _Optional[int] = ...) -> None: ...

class CallResponse(_message.Message):
    __slots__ = ("results", "replica")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CallResult]
    replica: str
    def __init__(self, results: _Optional[_Iterable[_Union[CallResult, _Mapping]]] = ..., replica: _Optional[str] = ...) -> None: ...

class CallResult(_message.Message):
    __slots__ = ("response", "error", "age_ms", "replayed")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    AGE_MS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    response: bytes
    error: _status_pb2.Status
    age_ms: int
    replayed: bool
    def __init__(self, response: _Optional[bytes] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., age_ms: _Optional[int] = ..., replayed: _Optional[bool] = ...) -> None: ...
