from collections.abc import Iterator

import pytest

from mesh.outbox.steps import Handler
from mesh.tests.toy.steps import STEPS


@pytest.fixture
def steps() -> Iterator[dict[str, Handler]]:
    """The toy's handlers, to which a test may add its own."""
    before = dict(STEPS)
    yield STEPS
    STEPS.clear()
    STEPS.update(before)
