"""Checks that the services we call are there, are who they should be, and know us."""

from collections.abc import Iterator

import grpc
from django.conf import settings

from mesh.auth.jwks import jwks_method
from mesh.auth.tls import named_at
from mesh.auth.tokens import TokenInvalid
from mesh.checks.addresses import NameUnknown, addresses
from mesh.checks.findings import Finding, failed, ok
from mesh.checks.peer_client import SERVING, WITHIN_S, Identity, health_of, reason_of, served_by
from mesh.contract.model import Contract, market_contract
from mesh.core import config
from mesh.core.config import SettingError
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.authentication import service_tokens
from mesh.rpc.interceptors.client import remote_error


class Peers:
    """The other services, by the contract, called as `us`."""

    def __init__(self, contract: Contract, us: Identity) -> None:
        self._contract = contract
        self._identity = us

    def each(self, *services: str) -> Iterator[Finding]:
        """Yields one finding for each address."""
        for service in services:
            try:
                for address, channel in self._channels(service):
                    yield self._finding(service, address, channel)
            except SettingError as error:
                yield _unset(service, error)
            except NameUnknown as error:
                variable = f"{service.upper()}_TARGET"
                yield failed(f"{variable}: {error}", f"start {service}, or mend {variable}")

    def wrong_peers(self, *services: str) -> Iterator[Finding]:
        """Yields only those that are somebody else, or that nobody said how to call."""
        for service in services:
            try:
                for address, channel in self._channels(service):
                    if wrong := self._wrong_peer(service, address, channel):
                        yield wrong
            except SettingError as error:
                yield _unset(service, error)
            except NameUnknown:
                pass  # it may come up later

    def _channels(self, service: str) -> Iterator[tuple[str, grpc.Channel]]:
        """Yields each address with an open channel. Raises SettingError, NameUnknown."""
        for address in addresses(config.target(service)):
            with self._identity.channel(service, address) as channel:
                yield address, channel

    def _finding(self, service: str, address: str, channel: grpc.Channel) -> Finding:
        variable = f"{service.upper()}_TARGET"
        at = f"{service} at {address}"
        try:
            status = health_of(channel)
            if wrong := self._wrong_peer(service, address, channel):
                return wrong
            if status != SERVING:
                return failed(f"{at} says that it can't serve", f"ask its own doctor: {service}")
            if not self._knows_us(service, channel):
                return failed(f"{at} does not know us", "give both the same MESH_SECRET")
            return ok(f"{at} serves, and knows us")
        except grpc.RpcError as error:
            return self._named_otherwise(service, address) or failed(
                f"{at} does not answer: {reason_of(error)}", f"start it, or mend {variable}"
            )

    def _wrong_peer(self, service: str, address: str, channel: grpc.Channel) -> Finding | None:
        """Returns a finding when what listens there serves another part of the contract."""
        try:
            served = served_by(channel)
        except grpc.RpcError:
            return self._named_otherwise(service, address)
        owners = {method.served_by for method in self._contract if method.service_name in served}
        if service in owners:
            return None
        return _is_another(
            service, address, " and ".join(sorted(owners)) or "no service of this mesh"
        )

    def _named_otherwise(self, service: str, address: str) -> Finding | None:
        """Returns a finding on another's certificate, which ends a call before it can say so."""
        name = named_at(address, WITHIN_S) if self._identity.certificates is not None else ""
        return _is_another(service, address, name) if name not in ("", service) else None

    def _knows_us(self, service: str, channel: grpc.Channel) -> bool:
        """Returns whether it takes our identity, by a read whose response does not matter."""
        for method in self._contract.served_by(service):
            if method.changes_nothing and not method.descriptor.server_streaming:
                try:
                    self._identity.call(channel, method)
                except grpc.RpcError as error:
                    return remote_error(error, service).reason != TokenInvalid.reason
                return True
        return True


def our_peers() -> Peers:
    """Returns the peers of the service that this process belongs to."""
    return Peers(market_contract(), Identity(settings.MESH_CERTIFICATES, service_tokens()))


def called_by(wiring: RpcDefinition) -> list[str]:
    """Returns whom a server calls: those its wiring names, and who publishes the keys."""
    publisher = None if wiring.jwks else jwks_method(market_contract())
    return sorted(wiring.calls | ({publisher.served_by} if publisher else set()))


def _unset(service: str, error: SettingError) -> Finding:
    return failed(str(error), f"set it to where {service} is called")


def _is_another(service: str, address: str, who: str) -> Finding:
    variable = f"{service.upper()}_TARGET"
    return failed(f"{variable}: {address} is {who}, not {service}", f"mend {variable}")
