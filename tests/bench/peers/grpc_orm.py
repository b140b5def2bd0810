"""GetUser of plain grpcio with Django's ORM: `python -m tests.bench.peers.grpc_orm PORT`."""

import sys
from typing import Any

import django
from django.apps import apps
from django.db import close_old_connections

from market.user.v1 import user_pb2, user_pb2_grpc
from tests.bench.peers.grpc_server import serve


class Users(user_pb2_grpc.UserServiceServicer):
    def __init__(self) -> None:
        self._users: Any = apps.get_model("accounts", "User")

    def GetUser(self, request: Any, context: Any) -> user_pb2.GetUserResponse:
        close_old_connections()
        user = self._users.objects.get(id=request.user_id, erased_time=None)
        answer = user_pb2.User(
            id=str(user.id),
            username=user.username,
            email=user.email,
            full_name=user.full_name,
            is_staff=user.is_staff,
            create_time=user.create_time,
            update_time=user.update_time,
            etag=user.etag,
            email_verified=user.email_verified,
            locale=user.locale,
        )
        close_old_connections()
        return user_pb2.GetUserResponse(user=answer)


if __name__ == "__main__":
    django.setup()
    serve(Users(), int(sys.argv[1]))
