"""uvicorn's server, for which a `Listener` accepts connections."""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import cast

import uvicorn

from edge_api.http.connection import HttpConnection
from edge_api.http.listener import Listener
from edge_api.http.turns import Turns


class EdgeServer(uvicorn.Server):
    """Serves the configuration's application on what its listener accepts."""

    def __init__(self, config: uvicorn.Config, listener: Listener) -> None:
        super().__init__(config)
        self._listener = listener

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self._turns = Turns(asyncio.get_running_loop())
        self._idle: OrderedDict[HttpConnection, None] = OrderedDict()
        self._listener.listen(self._connection, self._make_room)
        self.servers = [self._listener]  # type: ignore[list-item]  # which `shutdown` closes

    def _connection(self, on_lost: Callable[[], None]) -> HttpConnection:
        make = cast("type[HttpConnection]", self.config.http_protocol_class)
        made = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        made.turns, made.idle, made.on_lost = self._turns, self._idle, on_lost
        return made

    def _make_room(self) -> None:
        """Closes the connection that has been idle for longest, if one is."""
        if self._idle:
            longest, _ = self._idle.popitem(last=False)
            longest.link.close()
