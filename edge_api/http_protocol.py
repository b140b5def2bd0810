"""uvicorn's HTTP, within limits, and with streams that end in time."""

from edge_api.http_limits import LimitedProtocol

# What the application's lifespan leaves there for us: an asyncio.Event.
LEAVING = "leaving"


class EdgeProtocol(LimitedProtocol):
    def shutdown(self) -> None:
        """Called for every connection when the server is told to stop."""
        self.app_state[LEAVING].set()
        self.stop()
