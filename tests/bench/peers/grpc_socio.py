"""GetUser of django-socio-grpc, which is asyncio: `python -m tests.bench.peers.grpc_socio PORT`."""

import asyncio
import sys
from typing import Any

import django
import grpc
from django.apps import apps
from django_socio_grpc import generics, proto_serializers
from django_socio_grpc.decorators import grpc_action

from market.user.v1 import user_pb2, user_pb2_grpc
from tests.bench.peers.grpc_server import HOST


def users() -> Any:
    """Returns a servicer; the models are there once Django is set up."""

    class UserSerializer(proto_serializers.ModelProtoSerializer):  # type: ignore[misc]  # untyped
        class Meta:
            model = apps.get_model("accounts", "User")
            proto_class = user_pb2.User
            fields = [
                "id",
                "username",
                "email",
                "full_name",
                "create_time",
                "update_time",
                "email_verified",
            ]

    class Users(generics.GenericService):  # type: ignore[misc]  # untyped
        queryset = UserSerializer.Meta.model.objects.filter(erased_time=None)
        serializer_class = UserSerializer
        lookup_field = "id"
        lookup_request_field = "user_id"

        @grpc_action(request=[{"name": "user_id", "type": "string"}], response=UserSerializer)  # type: ignore[untyped-decorator]  # untyped
        async def GetUser(self, request: Any, context: Any) -> user_pb2.GetUserResponse:
            serializer = await self.aget_serializer(await self.aget_object())
            return user_pb2.GetUserResponse(user=await serializer.amessage)

    return Users.as_servicer()


async def serve(servicer: Any, port: int) -> None:
    server = grpc.aio.server()
    user_pb2_grpc.add_UserServiceServicer_to_server(servicer, server)
    server.add_insecure_port(f"{HOST}:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    django.setup()
    asyncio.run(serve(users(), int(sys.argv[1])))
