"""`python -m edge_api doctor`: see `mesh.doctor`."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import django

from edge_api.config import SERVICE, Config, bind_address, read_contract, workers
from mesh.auth.jwks import jwks_method
from mesh.contract.model import Contract
from mesh.core import config as env
from mesh.core.config import SettingError
from mesh.doctor import command
from mesh.doctor.certificates import certificates
from mesh.doctor.clocks import clocks, of_redis
from mesh.doctor.disk import disk
from mesh.doctor.findings import Check, Finding, warning
from mesh.doctor.keys import fetcher, keys
from mesh.doctor.peers import Peers
from mesh.doctor.redis import redis
from mesh.doctor.us import Us
from mesh.telemetry import prometheus
from mesh.telemetry.setup import traces_wanted


def run(arguments: Sequence[str]) -> int:
    return command.run(SERVICE, arguments, _set_up, _checks, roles=["serve"])


def services(contract: Contract) -> list[str]:
    """All that the contract names."""
    return sorted({method.served_by for method in contract})


def us(config: Config) -> Us:
    return Us(config.certificates, config.service_tokens())


def _set_up() -> None:
    """Read all that the edge reads."""
    django.setup()
    contract = read_contract(Config.from_env().contract)
    for called in services(contract):
        with suppress(SettingError):  # the check of the peers says it
            env.target(called)
    workers()
    bind_address()
    traces_wanted()
    prometheus.first_address()


def _checks(_: Collection[str]) -> Mapping[str, Check]:
    config = Config.from_env()
    contract = read_contract(config.contract)
    redis_url = config.rates.redis_url
    return {
        "certificates": partial(certificates, config.certificates),
        "peers": partial(Peers(contract, us(config)).each, *services(contract)),
        "keys": partial(keys, fetcher(contract, us(config)), jwks_method(contract).served_by),
        "redis": partial(redis, redis_url) if redis_url else _no_limits,
        "clock": partial(clocks, *([("Redis", of_redis(redis_url))] if redis_url else [])),
        "disk": partial(disk, Path(tempfile.gettempdir())),
    }


def _no_limits() -> Iterator[Finding]:
    yield warning("no Redis is named, so no rate is limited", "set EDGE_REDIS_URL or REDIS_URL")
