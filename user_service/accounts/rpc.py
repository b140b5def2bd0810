from collections.abc import Sequence
from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.user.v1 import user_pb2 as pb
from mesh.context import caller
from mesh.core.errors import DomainError
from mesh.mail.locales import preferred_locale
from mesh.rpc.batching.calls import Asked
from mesh.rpc.idempotency.once import once, stored_response
from user_service.accounts import actions, convert, passwords, queries
from user_service.accounts.errors import UserNotFound


def get_users(asked: Sequence[Asked]) -> list[pb.GetUserResponse | DomainError]:
    """Serves GetUser: the contract has checked that each caller may see whom it names."""
    ids = [UUID(each.request.user_id) for each in asked]
    found = queries.profiles(ids)
    return [
        pb.GetUserResponse(user=convert.to_wire(found[user_id]))
        if user_id in found
        else UserNotFound("there is no such user")
        for user_id in ids
    ]


class UserService(Service):  # type: ignore[misc]  # ships no types
    """Serves market.user.v1.UserService, all but `get_users`."""

    def CreateUser(self, request: pb.CreateUserRequest, _: Context) -> pb.CreateUserResponse:
        if stored := stored_response(request, pb.CreateUserResponse):
            return stored
        profile = {name: getattr(request, name) for name in convert.CHANGEABLE}
        locale = profile.pop("locale") or preferred_locale(request.accept_language)
        password_hash = passwords.hashed(request.password, **profile)
        return once(
            request,
            lambda: pb.CreateUserResponse(
                user=convert.to_wire(
                    actions.register_user(password_hash=password_hash, locale=locale, **profile)
                )
            ),
        )

    def BatchGetUsers(
        self, request: pb.BatchGetUsersRequest, _: Context
    ) -> pb.BatchGetUsersResponse:
        ids = [UUID(user_id) for user_id in request.user_ids]
        found = queries.profiles(ids)
        users = (found[user_id] for user_id in ids if user_id in found)
        return pb.BatchGetUsersResponse(users=map(convert.to_wire, users))

    def ListUsers(self, request: pb.ListUsersRequest, _: Context) -> pb.ListUsersResponse:
        users, next_page_token = queries.users_page(
            size=request.page_size,
            token=request.page_token,
            username=request.username,
            email=request.email,
        )
        return pb.ListUsersResponse(
            users=map(convert.to_wire, users), next_page_token=next_page_token
        )

    def UpdateUser(self, request: pb.UpdateUserRequest, _: Context) -> pb.UpdateUserResponse:
        user = actions.update_user(
            user_id=UUID(request.user.id),
            etag=request.user.etag,
            values=convert.changes(request),
            by=caller(),
            reauthentication_token=request.reauthentication_token,
        )
        return pb.UpdateUserResponse(user=convert.to_wire(user))

    def DeleteUser(self, request: pb.DeleteUserRequest, _: Context) -> pb.DeleteUserResponse:
        actions.erase_user(
            user_id=UUID(request.user_id),
            etag=request.etag,
            by=caller(),
            reauthentication_token=request.reauthentication_token,
        )
        return pb.DeleteUserResponse()

    def LockUser(self, request: pb.LockUserRequest, _: Context) -> pb.LockUserResponse:
        user = actions.lock_user(user_id=UUID(request.user_id), by=caller())
        return pb.LockUserResponse(user=convert.to_wire(user))

    def UnlockUser(self, request: pb.UnlockUserRequest, _: Context) -> pb.UnlockUserResponse:
        user = actions.unlock_user(user_id=UUID(request.user_id), by=caller())
        return pb.UnlockUserResponse(user=convert.to_wire(user))
