"""What is read without models is what Django's ORM reads."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from mesh.db.sql import rows
from user_service.accounts import convert, queries
from user_service.accounts.models import User

TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20)
FROM, TO = datetime(1990, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001  # hypothesis takes no zone
TIMES = st.datetimes(FROM, TO, timezones=st.just(UTC))
ACCOUNTS = st.fixed_dictionaries(
    {
        "full_name": TEXTS | st.just(""),
        "email_verified": st.booleans(),
        "locale": st.sampled_from(["en", "de-AT"]),
        "pending_email": TEXTS | st.none(),
        "staff_scopes": st.lists(TEXTS, max_size=2),
        "version": st.integers(1, 2**31 - 1),
        "create_time": TIMES,
        "update_time": TIMES,
        "lock_time": TIMES | st.none(),
    }
)


class ProfilesTest(TestCase):
    @settings(deadline=None)  # which a busy machine would break
    @given(st.lists(ACCOUNTS, max_size=3))
    def test_a_profile_is_the_account_as_the_orm_reads_it(
        self, accounts: list[dict[str, object]]
    ) -> None:
        for values in accounts:
            name = uuid4().hex
            User.objects.create(username=name, email=name, password_hash="x", **values)
        users = {user.id: convert.to_wire(user) for user in User.objects.all()}
        found = queries.profiles([*users, uuid4()])
        assert {key: convert.to_wire(profile) for key, profile in found.items()} == users


@pytest.mark.usefixtures("transactional_db")
def test_an_erased_account_has_no_profile() -> None:
    gone = User.objects.create(username=None, email=None, erased_time=datetime.now(UTC))
    assert queries.profiles([gone.id]) == {}


@pytest.mark.usefixtures("transactional_db")
def test_accounts_are_read_by_plans_that_are_kept() -> None:
    connection.close()
    for _ in range(20):
        queries.profiles([uuid4()])
        queries.users_by_id([uuid4()])
    plans = rows(
        "SELECT generic_plans > custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
        ["%FROM accounts_user WHERE id = ANY%"],
    )
    assert plans == [(True,), (True,)]
