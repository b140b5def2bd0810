"""An RPC whose calls may travel together, and what a service answers a batch of them."""

from market.batch.v1 import batch_pb2
from mesh.contract.model import Method, read_method
from mesh.core.errors import NotFound, to_status
from mesh.rpc.batching.envelope import alone
from mesh.tests.toy.contract import NAME as TOY
from mesh.tests.toy.contract import MineRequest, SayResponse

HANGS_S = 30.0


def mine(name: str = "Mine") -> Method:
    pool = MineRequest.DESCRIPTOR.file.pool
    return read_method(pool.FindMethodByName(f"{TOY}.{name}"))


def answer(batch: batch_pb2.CallRequest) -> batch_pb2.CallResponse:
    """Says the caller's token and the id that it asks for; of `absent` that there is none.

    A call of `long` is to be made alone, and a response to `again` is a replayed one.
    """
    response = batch_pb2.CallResponse()
    for call in batch.calls:
        user_id = MineRequest.FromString(call.request).user_id
        if user_id == "absent":
            response.results.add(error=to_status(NotFound("there is no such resource")))
        elif user_id == "long":
            response.results.add(error=to_status(alone()))
        else:
            said = SayResponse(said=f"{call.user_token} {user_id}")
            response.results.add(response=said.SerializeToString(), replayed=user_id == "again")
    return response
