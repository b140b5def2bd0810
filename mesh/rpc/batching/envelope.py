"""The RPC that carries calls of others: `market.batch.v1.BatchService/Call`."""

from collections.abc import Sequence

from google.protobuf.message import Message
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2
from mesh.context import Call
from mesh.contract.model import Method, read_method
from mesh.core.errors import DomainError, Internal, RemoteError
from mesh.rpc.interceptors.telemetry import described
from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind, NullSpan

CALL = read_method(batch_pb2.DESCRIPTOR.services_by_name["BatchService"].methods_by_name["Call"])
_NAME, _ATTRIBUTES = described(CALL)
MOST_CALLS = 64
# Pages are read at one go, and nobody else's is sent meanwhile.
MOST_PAGES = 8
# All are answered once the last of them is done.
MOST_WRITES = 32
# Of the responses of a batch together, well below what a message may have.
MOST_BYTES = 3 * 1024 * 1024
# Nobody waits longer than this for the calls under way, which are late then and no reason to wait
# for anybody, so that a replica that hangs holds up no call that another one could serve.
LATE_S = 0.05
# For how long calls go alone after a service refused a batch.
ALONE_S = 10.0


def most_calls(method: Method) -> int:
    """Returns how many calls of the RPC may travel together."""
    if not method.changes_nothing:
        return MOST_WRITES
    pages = "page_size" in method.descriptor.input_type.fields_by_name
    return MOST_PAGES if pages else MOST_CALLS


def item(request: Message, call: Call | None) -> batch_pb2.Call:
    """Returns a call to be sent in a batch, in the name of the call being served."""
    made = batch_pb2.Call(request=request.SerializeToString(), traceparent=tracing.traceparent())
    if call is not None:
        made.user_token, made.request_id = call.user_token, call.request_id
        made.client_address = call.client_address
        if call.max_age_s:
            made.max_age_ms = int(call.max_age_s * 1000)
    return made


def request(
    method: Method, calls: Sequence[tuple[batch_pb2.Call, float]]
) -> tuple[batch_pb2.CallRequest, float]:
    """Returns the batch of calls, of which each may take so many seconds, and the most of these."""
    for call, left_s in calls:
        call.timeout_ms = max(1, int(left_s * 1000))
    batch = batch_pb2.CallRequest(method=method.path, calls=[call for call, _ in calls])
    return batch, max(left_s for _, left_s in calls)


def response_of(
    result: batch_pb2.CallResult, response_class: type[Message], call: Call | None
) -> Message:
    """Returns the response; tells `call` how old it is, and whether it is replayed.

    Raises RemoteError.
    """
    if result.WhichOneof("result") == "error":
        raise RemoteError(result.error)
    if call is not None and result.age_ms:
        call.age_s = result.age_ms / 1000
    if call is not None and result.replayed:
        call.replayed = True
    return response_class.FromString(result.response)


def alone() -> DomainError:
    """Returns the error of a call that its sender is to make alone."""
    return RemoteError.of(code_pb2.OUT_OF_RANGE, "to be made alone: no room or time beside others")


def whole(response: batch_pb2.CallResponse, calls: int) -> Sequence[batch_pb2.CallResult | None]:
    """Returns the results, one for each call: None for one that is to be made alone.

    Raises Internal when there are not as many.
    """
    if len(response.results) != calls:
        raise Internal("a batch has not as many results as calls")
    return [
        None if each.HasField("error") and each.error.code == code_pb2.OUT_OF_RANGE else each
        for each in response.results
    ]


def span(batch: batch_pb2.CallRequest) -> NullSpan:
    """Returns the span of sending a batch: part of no call's trace, and linked to all of them."""
    links = [call.traceparent for call in batch.calls]
    attributes = {**_ATTRIBUTES, "rpc.batch.size": len(batch.calls)}
    return tracing.span(
        _NAME, Kind.CLIENT, attributes, parent="", links=links, sampled_by_links=True
    )


def again(error: Exception) -> Exception:
    """Returns an equal error for another call, as each raise of one adds to its traceback."""
    equal = type(error).__new__(type(error), *error.args)
    vars(equal).update(vars(error))
    return equal


def not_served(error: Exception) -> bool:
    """Returns whether a service takes no batches from here, as one from before there were any."""
    refusals = (code_pb2.UNIMPLEMENTED, code_pb2.PERMISSION_DENIED)
    return isinstance(error, DomainError) and error.code in refusals
