"""Channels for a process that runs on asyncio, the edge.

Same policy as the blocking ones of `mesh.channel`; identity, deadline and errors are
the caller's to add, with `mesh.outgoing`.
"""

from collections.abc import Callable

import grpc.aio

from mesh import env
from mesh.channel import channel_options
from mesh.contract import Contract


class AioChannels:
    """One channel a service, opened on first use on the loop that runs then.

    `target` says where a service is called; it raises SettingError where nobody said.
    """

    def __init__(self, contract: Contract, target: Callable[[str], str] = env.target) -> None:
        self._contract = contract
        self._target = target
        self._opened: dict[str, grpc.aio.Channel] = {}

    def to(self, service: str) -> grpc.aio.Channel:
        if service not in self._opened:
            options = channel_options(service, self._contract)
            self._opened[service] = grpc.aio.insecure_channel(self._target(service), options)
        return self._opened[service]

    async def close(self) -> None:
        """Close them all; calls under way are cancelled."""
        opened, self._opened = self._opened, {}
        for channel in opened.values():
            await channel.close(None)
