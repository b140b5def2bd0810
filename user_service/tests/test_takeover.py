"""Whatever is done in whatever order, nobody ends with a right that was not given to it.

Owners live their lives, staff does its work, and an attacker tries everything that it can
reach in between; see `takeover`. Found by this kind of test: staff that changed an address,
reset the password by it and signed in with scopes that it did not have.
"""

from typing import ClassVar

import grpc
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from market.user.v1 import credential_pb2, totp_pb2, user_pb2
from mesh.testing.servers import TestKeys
from user_service.accounts import passwords
from user_service.accounts.models import User
from user_service.credentials.models import TotpDevice
from user_service.tests.accounts import PASSWORD
from user_service.tests.takeover import EVIL, NO_CODE, STAFF_SCOPES, World

VICTIMS = st.sampled_from(["ada", "bob", "chief"])
# What the attacker sends as a proof: none, one that is made up, its own, one used by the owner.
PROOFS = st.sampled_from(["none", "made up", "own", "guessed"])


class Takeover(RuleBasedStateMachine):
    channel: ClassVar[grpc.Channel]
    keys: ClassVar[TestKeys]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.channel, self.keys)

    def teardown(self) -> None:
        self.world.close()

    def proof(self, kind: str, name: str) -> str:
        world = self.world
        match kind:
            case "own":
                return world.proof(world.as_mallory(), password=PASSWORD)
            case "guessed":
                return world.proof(world.stolen(name), password=EVIL)
            case "made up":
                return "made-up"
        return ""

    # The owners.

    @rule(name=VICTIMS)
    def owner_verifies_its_address(self, name: str) -> None:
        self.world.verify_own(name)

    @rule(name=VICTIMS, box=st.sampled_from(["home", "work"]))
    def owner_asks_for_another_address(self, name: str, box: str) -> None:
        world = self.world
        address = f"{name}-{box}-{world.run}@people.example"
        token = world.own_proof(name)
        world.change(world.owners[name].user, world.stolen(name), token, email=address)

    @rule(name=VICTIMS)
    def owner_turns_the_second_factor_on(self, name: str) -> None:
        self.world.turn_totp_on(name)

    @rule(name=VICTIMS)
    def owner_turns_the_second_factor_off(self, name: str) -> None:
        self.world.turn_totp_off(name)

    @rule(name=VICTIMS)
    def owner_signs_in(self, name: str) -> None:
        self.world.sign_in(self.world.owners[name].user, self.world.owners[name].password)

    # The attacker with a stolen access token.

    @rule(name=VICTIMS, kind=PROOFS)
    def thief_asks_for_its_own_address(self, name: str, kind: str) -> None:
        world = self.world
        user = world.owners[name].user
        world.change(user, world.stolen(name), self.proof(kind, name), email=world.lair)

    @rule(name=VICTIMS, kind=PROOFS)
    def thief_erases(self, name: str, kind: str) -> None:
        user_id = str(self.world.owners[name].user.id)
        token = self.proof(kind, name)
        request = user_pb2.DeleteUserRequest(user_id=user_id, reauthentication_token=token)
        self.world.ask(self.world.users.DeleteUser, request, self.world.stolen(name))

    @rule(name=VICTIMS)
    def thief_changes_the_password_and_the_second_factor(self, name: str) -> None:
        world, me = self.world, self.world.stolen(name)
        change = credential_pb2.ChangePasswordRequest(old_password=EVIL, new_password=EVIL)
        world.ask(world.credentials.ChangePassword, change, me)
        begin = totp_pb2.BeginTotpRequest(password=EVIL)
        world.ask(world.totp.BeginTotp, begin, me)
        disable = totp_pb2.DisableTotpRequest(recovery_code=NO_CODE)
        world.ask(world.totp.DisableTotp, disable, me)

    @rule(name=VICTIMS)
    def thief_asks_for_a_mail_to_verify(self, name: str) -> None:
        request = credential_pb2.RequestEmailVerificationRequest()
        call = self.world.credentials.RequestEmailVerification
        self.world.ask(call, request, self.world.stolen(name))

    # The attacker as staff with some scopes.

    @rule(name=VICTIMS, kind=PROOFS)
    def staff_gives_it_another_address(self, name: str, kind: str) -> None:
        world = self.world
        user = world.owners[name].user
        world.change(user, world.as_mallory(), self.proof(kind, name), email=world.lair)

    @rule(name=VICTIMS, locks=st.booleans())
    def staff_locks_or_unlocks_it(self, name: str, locks: bool) -> None:
        users, user_id = self.world.users, str(self.world.owners[name].user.id)
        if locks:
            call, request = users.LockUser, user_pb2.LockUserRequest(user_id=user_id)
            self.world.ask(call, request, self.world.as_mallory())
        else:
            again = user_pb2.UnlockUserRequest(user_id=user_id)
            self.world.ask(users.UnlockUser, again, self.world.as_mallory())

    @rule()
    def staff_renames_and_erases_the_chief(self) -> None:
        world, chief = self.world, self.world.owners["chief"].user
        world.change(chief, world.as_mallory(), username=f"renamed-{world.run}")
        request = user_pb2.DeleteUserRequest(
            user_id=str(chief.id), reauthentication_token=self.proof("own", "chief")
        )
        world.ask(world.users.DeleteUser, request, world.as_mallory())

    @rule(kind=PROOFS)
    def staff_moves_to_a_mailbox_of_its_own(self, kind: str) -> None:
        world = self.world
        me = world.as_mallory()
        world.change(world.mallory, me, self.proof("own", "chief"), email=world.lair)

    # The attacker as anybody.

    @rule()
    def attacker_asks_for_resets_and_uses_all_tokens_that_it_reads(self) -> None:
        self.world.use_tokens(EVIL)
        for owner in self.world.owners.values():
            self.world.reset(owner.user)
        self.world.use_tokens(EVIL)

    @rule()
    def time_passes(self) -> None:
        self.world.let_time_pass()

    # What must hold.

    @invariant()
    def no_victim_s_account_is_the_attacker_s(self) -> None:
        boxes = {self.world.lair, f"mallory-{self.world.run}@market.example"}
        for name, owner in self.world.owners.items():
            user = User.objects.get(id=owner.user.id)
            assert user.erased_time is None, f"{name} is erased"
            assert not passwords.matches(EVIL, user.password_hash), f"{name}'s password"
            assert not boxes & {user.email, user.pending_email}, f"{name}'s address"
            on = TotpDevice.objects.filter(user=user, confirm_time__isnull=False).exists()
            assert on or not owner.recovery_codes, f"{name}'s second factor is off"

    @invariant()
    def the_attacker_s_scopes_are_those_that_it_was_given(self) -> None:
        mallory = User.objects.get(id=self.world.mallory.id)
        assert set(mallory.staff_scopes) == set(STAFF_SCOPES)

    @invariant()
    def who_may_more_is_neither_locked_nor_renamed(self) -> None:
        chief = User.objects.get(id=self.world.owners["chief"].user.id)
        assert (chief.username, chief.lock_time) == (f"chief-{self.world.run}", None)


@pytest.mark.usefixtures("orders", "payments")
def test_nobody_ends_with_a_right_that_was_not_given_to_it(
    channel: grpc.Channel, keys: TestKeys
) -> None:
    Takeover.channel, Takeover.keys = channel, keys
    run_state_machine_as_test(
        Takeover,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
