"""GetUser that only sends the id back, the floor: `python -m tests.bench.peers.grpc_echo PORT`."""

import sys
from typing import Any

from market.user.v1 import user_pb2, user_pb2_grpc
from tests.bench.peers.grpc_server import serve


class Echo(user_pb2_grpc.UserServiceServicer):
    def GetUser(self, request: Any, context: Any) -> user_pb2.GetUserResponse:
        return user_pb2.GetUserResponse(user=user_pb2.User(id=request.user_id))


if __name__ == "__main__":
    serve(Echo(), int(sys.argv[1]))
