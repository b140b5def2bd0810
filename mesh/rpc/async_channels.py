"""Channels of a process that runs on asyncio, with the policy of `mesh.rpc.client`."""

import asyncio
from collections.abc import Callable

import grpc.aio

from mesh.auth import tls
from mesh.contract.model import Contract
from mesh.core import config
from mesh.rpc.client import CLOSES_AFTER_S, Opened, channel_options


class AsyncChannels:
    """One channel a service, opened on first use on the loop that runs then.

    `target` returns where a service is called, or raises SettingError where that is not set.
    With `certificates` channels speak TLS, and are opened anew when those were renewed.
    """

    def __init__(
        self,
        contract: Contract,
        target: Callable[[str], str] = config.target,
        certificates: tls.Certificates | None = None,
    ) -> None:
        self._contract = contract
        self._target = target
        self._certificates = certificates
        self._opened: dict[str, Opened] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def to(self, service: str) -> grpc.aio.Channel:
        pem = self._certificates.current() if self._certificates is not None else None
        former = opened = self._opened.get(service)
        if opened is None or opened.pem is not pem:
            opened = self._opened[service] = Opened(pem, self._open(service, pem))
            if former is not None:
                self._close_later(former.channel)
        current: grpc.aio.Channel = opened.channel
        return current

    async def close(self) -> None:
        """Closes every channel; calls under way are cancelled."""
        opened, self._opened = self._opened, {}
        for each in opened.values():
            await each.channel.close(None)
        for closing in self._closing:
            closing.cancel()

    def _open(self, service: str, pem: tls.Pem | None) -> grpc.aio.Channel:
        options = channel_options(service, self._contract)
        opened: grpc.aio.Channel = tls.channel(
            grpc.aio, service, self._target(service), pem, options
        )
        return opened

    def _close_later(self, replaced: grpc.aio.Channel) -> None:
        """Closes a replaced channel after the calls that are under way on it."""
        closing = asyncio.create_task(replaced.close(CLOSES_AFTER_S))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
