"""An attacker and its victims at a real user service, for `test_takeover`.

The attacker holds access tokens that it stole, a staff account of its own, and reads its own
mailboxes and one that a victim named by mistake and never verified.
"""

import re
import time
from base64 import b32decode
from dataclasses import dataclass, field
from uuid import uuid4

import grpc
from django.core import mail
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import credential_pb2, session_pb2, totp_pb2, user_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.totp_pb2_grpc import TotpServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.mail.models import Mail, UnverifiedMail
from mesh.outbox.models import Step
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user
from user_service.accounts.models import User
from user_service.credentials.models import Throttle
from user_service.credentials.tests.mails import arrived
from user_service.credentials.totp import code_of, step_at
from user_service.tests.accounts import PASSWORD, a_staff_account, an_account

EVIL = "the password of an attacker"
NO_CODE = "AAAA-AAAA-AAAA-AAAA"
STAFF_SCOPES = "users.read", "users.write"
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{64}$", re.MULTILINE)


@dataclass
class Owner:
    """A victim: what it knows and has, which the attacker does not."""

    user: User
    password: str = PASSWORD
    recovery_codes: list[str] = field(default_factory=list)


class World:
    """Accounts of one run, and moves at them; a move that is refused changes nothing."""

    def __init__(self, channel: grpc.Channel, keys: TestKeys) -> None:
        self.users = UserServiceStub(channel)
        self.sessions = SessionServiceStub(channel)
        self.credentials = CredentialServiceStub(channel)
        self.totp = TotpServiceStub(channel)
        self.keys, self.run = keys, uuid4().hex[:8]
        self.owners = {
            "ada": Owner(an_account(f"ada-{self.run}", verified=True)),
            "bob": Owner(an_account(f"bob-{self.run}")),
            "chief": Owner(a_staff_account(name=f"chief-{self.run}")),
        }
        self.mallory = a_staff_account(*STAFF_SCOPES, name=f"mallory-{self.run}")
        self.read_tokens: set[str] = set()

    # What the attacker has.

    @property
    def lair(self) -> str:
        """A mailbox of the attacker's own."""
        return f"lair-{self.run}@evil.example"

    def stolen(self, name: str) -> Metadata:
        return self._token(self.owners[name].user)

    def as_mallory(self) -> Metadata:
        return self._token(self.mallory)

    def _token(self, user: User) -> Metadata:
        scopes = User.objects.get(id=user.id).staff_scopes
        return as_user(self.keys.token(str(user.id), *scopes, now=time.time()))

    def read_mail(self) -> set[str]:
        """The tokens of all mails to the attacker's mailboxes, and of bob's while unverified."""
        boxes = {self.lair, self.mallory.email}
        bob = User.objects.get(id=self.owners["bob"].user.id)
        for message in arrived():
            unverified = message.to == [bob.email] and not bob.email_verified
            is_reset = "password" in str(message.subject)
            if message.to[0] in boxes or (unverified and is_reset):
                self.read_tokens |= set(_TOKEN.findall(str(message.body)))
        return self.read_tokens

    # Moves, of whoever has the metadata.

    def ask(self, call: object, request: object, metadata: Metadata = ()) -> object:
        """The answer, or None when it is refused."""
        try:
            return call(request, metadata=metadata, timeout=10)  # type: ignore[operator]  # a stub's
        except grpc.RpcError:
            return None

    def proof(self, me: Metadata, **given: str) -> str:
        request = credential_pb2.ReauthenticateRequest(**given)
        answer = self.ask(self.credentials.Reauthenticate, request, me)
        return getattr(answer, "reauthentication_token", "")

    def change(self, user: User, metadata: Metadata, token: str = "", **values: str) -> None:
        request = user_pb2.UpdateUserRequest(
            user=user_pb2.User(id=str(user.id), **values),  # type: ignore[arg-type]  # names
            update_mask=FieldMask(paths=list(values)),
            reauthentication_token=token,
        )
        self.ask(self.users.UpdateUser, request, metadata)

    def reset(self, user: User) -> None:
        name = User.objects.get(id=user.id).username or "nobody"
        request = credential_pb2.RequestPasswordResetRequest(username=name)
        self.ask(self.credentials.RequestPasswordReset, request)

    def use_tokens(self, password: str = EVIL) -> None:
        """Try each token that the attacker read wherever a token is taken."""
        for token in self.read_mail():
            verify = credential_pb2.VerifyEmailRequest(token=token)
            self.ask(self.credentials.VerifyEmail, verify)
            confirm = credential_pb2.ConfirmPasswordResetRequest(token=token, password=password)
            self.ask(self.credentials.ConfirmPasswordReset, confirm)

    def verify_own(self, name: str) -> None:
        """The owner reads its own mail and follows the newest link to verify an address."""
        owner = User.objects.get(id=self.owners[name].user.id)
        addresses = {owner.email, owner.pending_email}
        for message in reversed(arrived()):
            tokens = _TOKEN.findall(str(message.body))
            if message.to[0] in addresses and tokens and "password" not in str(message.subject):
                request = credential_pb2.VerifyEmailRequest(token=tokens[0])
                self.ask(self.credentials.VerifyEmail, request)
                return

    def own_proof(self, name: str) -> str:
        owner = self.owners[name]
        if owner.recovery_codes:
            return self.proof(self.stolen(name), recovery_code=owner.recovery_codes.pop())
        return self.proof(self.stolen(name), password=owner.password)

    def turn_totp_on(self, name: str) -> None:
        owner, me = self.owners[name], self.stolen(name)
        begin = totp_pb2.BeginTotpRequest(password=owner.password)
        begun = self.ask(self.totp.BeginTotp, begin, me)
        if begun is None:
            return
        secret = b32decode(getattr(begun, "secret", ""))
        code = code_of(secret, step_at(time.time()))
        confirm = totp_pb2.ConfirmTotpRequest(totp_code=code)
        answer = self.ask(self.totp.ConfirmTotp, confirm, me)
        owner.recovery_codes = list(getattr(answer, "recovery_codes", ()))

    def turn_totp_off(self, name: str) -> None:
        if self.owners[name].recovery_codes:
            code = self.owners[name].recovery_codes.pop()
            request = totp_pb2.DisableTotpRequest(recovery_code=code)
            if self.ask(self.totp.DisableTotp, request, self.stolen(name)) is not None:
                self.owners[name].recovery_codes = []

    def sign_in(self, user: User, password: str) -> str:
        """The access token, or nothing."""
        name = User.objects.get(id=user.id).username or "nobody"
        request = session_pb2.CreateTokenRequest(username=name, password=password)
        return getattr(self.ask(self.sessions.CreateToken, request), "access_token", "")

    def let_time_pass(self) -> None:
        """Forget what was counted, so that no limit keeps the attacker from trying on."""
        arrived()
        Throttle.objects.all().delete()
        UnverifiedMail.objects.all().delete()
        Mail.objects.all().delete()
        Step.objects.all().delete()

    def close(self) -> None:
        self.let_time_pass()
        mail.outbox.clear()
