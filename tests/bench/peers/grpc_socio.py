"""GetUser of django-socio-grpc, which is asyncio: `python -m tests.bench.peers.grpc_socio PORT`."""

import asyncio
import sys
from typing import Any

import django
import grpc
from django.apps import apps
from django_socio_grpc import generics, proto_serializers

from dev.ports import HOST
from market.user.v1 import user_pb2


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
                "locale",
            ]

    class Users(generics.GenericService):  # type: ignore[misc]  # untyped
        queryset = UserSerializer.Meta.model.objects.filter(erased_time=None)
        serializer_class = UserSerializer

        async def GetUser(self, request: Any, context: Any) -> user_pb2.GetUserResponse:
            user = await self.get_queryset().aget(id=request.user_id)
            serializer = await self.aget_serializer(user)
            return user_pb2.GetUserResponse(user=await serializer.amessage)

    return Users.as_servicer()


async def serve(servicer: Any, port: int) -> None:
    """Serves GetUser alone: the framework's servicer has no other RPC to register."""
    get_user = grpc.unary_unary_rpc_method_handler(
        servicer.GetUser,
        request_deserializer=user_pb2.GetUserRequest.FromString,
        response_serializer=user_pb2.GetUserResponse.SerializeToString,
    )
    server = grpc.aio.server()
    service = "market.user.v1.UserService"
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {"GetUser": get_user}),)
    )
    server.add_insecure_port(f"{HOST}:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    django.setup()
    asyncio.run(serve(users(), int(sys.argv[1])))
