import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from mesh.outgoing import Metadata
from mesh.testing import TestKeys, as_user
from user_service.accounts.models import User

Sign = Callable[[User], Metadata]


@pytest.fixture
def staff(keys: TestKeys) -> Metadata:
    return as_user(keys.token(str(uuid4()), "users.read", "users.write", now=time.time()))


@pytest.fixture
def signed_in(keys: TestKeys) -> Sign:
    return lambda user: as_user(keys.token(str(user.id), now=time.time()))
