"""Whether the services that we call are there, are who they should be, and know us."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import grpc
from django.conf import settings

from mesh.auth.jwks import jwks_method
from mesh.auth.tls import named_at
from mesh.auth.tokens import TokenInvalid
from mesh.checks.addresses import NameUnknown, addresses
from mesh.checks.findings import Finding, failed, ok
from mesh.checks.peer_client import SERVING, WITHIN_S, Identity, health_of, reason_of, served_by
from mesh.contract.model import Contract, Method, market_contract
from mesh.core import config
from mesh.core.config import SettingError
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.authentication import service_tokens
from mesh.rpc.interceptors.client import remote_error

_Look = Callable[[str, str, grpc.Channel], Iterator[Finding]]


class Peers:
    """The other services, by the contract, called as `us`."""

    def __init__(self, contract: Contract, us: Identity) -> None:
        self._contract = contract
        self._identity = us

    def each(self, *services: str) -> Iterator[Finding]:
        """One finding an address."""
        for service in services:
            variable = f"{service.upper()}_TARGET"
            try:
                yield from self._look_at(service, self._finding)
            except NameUnknown as error:
                yield failed(f"{variable}: {error}", f"start {service}, or mend {variable}")

    def wrong_peers(self, *services: str) -> Iterator[Finding]:
        """Only those that are somebody else, or that nobody said how to call."""
        for service in services:
            with suppress(NameUnknown):  # it may come up later
                yield from self._look_at(service, self._wrong_peer)

    def _look_at(self, service: str, look: _Look) -> Iterator[Finding]:
        """Raises NameUnknown."""
        try:
            target = config.target(service)
        except SettingError as error:
            yield failed(str(error), f"set it to where {service} is called")
            return
        for address in addresses(target):
            with self._identity.channel(service, address) as channel:
                yield from look(service, address, channel)

    def _finding(self, service: str, address: str, channel: grpc.Channel) -> Iterator[Finding]:
        variable = f"{service.upper()}_TARGET"
        at = f"{service} at {address}"
        try:
            status = health_of(channel)
            if wrong_peers := list(self._wrong_peer(service, address, channel)):
                yield from wrong_peers
            elif status != SERVING:
                yield failed(f"{at} says that it can't serve", f"ask its own doctor: {service}")
            elif not self._knows_us(service, channel):
                yield failed(f"{at} does not know us", "give both the same MESH_SECRET")
            else:
                yield ok(f"{at} serves, and knows us")
        except grpc.RpcError as error:
            other = self._named_otherwise(service, address)
            yield other or failed(
                f"{at} does not answer: {reason_of(error)}", f"start it, or mend {variable}"
            )

    def _wrong_peer(self, service: str, address: str, channel: grpc.Channel) -> Iterator[Finding]:
        """A finding when what listens there serves somebody else's part of the contract."""
        try:
            served = served_by(channel)
        except grpc.RpcError:
            other = self._named_otherwise(service, address)
            yield from [other] if other else []
            return
        owners = {method.served_by for method in self._contract if method.service_name in served}
        if service not in owners:
            who = " and ".join(sorted(owners)) or "no service of this mesh"
            yield _is_another(service, address, who)

    def _named_otherwise(self, service: str, address: str) -> Finding | None:
        """With TLS, another's certificate ends the call before it can say who it is."""
        name = named_at(address, WITHIN_S) if self._identity.certificates is not None else ""
        return _is_another(service, address, name) if name not in ("", service) else None

    def _knows_us(self, service: str, channel: grpc.Channel) -> bool:
        """Whether it takes our identity; what it answers to such a read does not matter."""
        read = _a_read(self._contract.served_by(service))
        if read is None:
            return True
        try:
            self._identity.call(channel, read)
        except grpc.RpcError as error:
            return remote_error(error, service).reason != TokenInvalid.reason
        return True


def our_peers() -> Peers:
    """Called as the service that this process is of."""
    return Peers(market_contract(), Identity(settings.MESH_CERTIFICATES, service_tokens()))


def called_by(wiring: RpcDefinition) -> list[str]:
    """Whom a server calls: those its wiring names, and who publishes the keys of tokens."""
    publisher = set() if wiring.jwks else {jwks_method(market_contract()).served_by}
    return sorted(wiring.calls | publisher)


def _a_read(methods: list[Method]) -> Method | None:
    """One that changes nothing."""
    for method in methods:
        if method.changes_nothing and not method.descriptor.server_streaming:
            return method
    return None


def _is_another(service: str, address: str, who: str) -> Finding:
    variable = f"{service.upper()}_TARGET"
    return failed(f"{variable}: {address} is {who}, not {service}", f"mend {variable}")
