from collections.abc import Iterator

import grpc
import pytest

from mesh.testing.servers import serving
from user_service.wiring import SERVICE


@pytest.fixture
def channel(transactional_db: None) -> Iterator[grpc.Channel]:
    """A bare channel to the service, which takes the tokens that it signs itself."""
    with serving(SERVICE) as (_, channel):
        yield channel
