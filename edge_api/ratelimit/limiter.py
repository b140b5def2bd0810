"""Limits each caller's requests by the quota of their class."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import structlog
from redis.exceptions import RedisError

from edge_api.ratelimit.counters import Counters
from edge_api.ratelimit.quota import Decision, Quota, quota
from edge_api.ratelimit.request_leases import Leases
from mesh.context import Call
from mesh.contract.model import RateClass
from mesh.core import config, redis_urls
from mesh.core.network import client_network

ASKS_AGAIN_AFTER_S = 1.0
PRODUCTION = {RateClass.READ: "1200/60", RateClass.WRITE: "300/60", RateClass.LOGIN: "120/60"}
# Wide enough for load tests on one machine, where all requests have one caller.
DEVELOPMENT = dict.fromkeys(RateClass, "100000000/60")

log = structlog.get_logger("rates")


@dataclass(frozen=True)
class Rates:
    """`redis_url` is empty where no request is counted or limited."""

    redis_url: str = ""
    quotas: Mapping[RateClass, Quota | None] | None = None
    answers_within_s: float = 0.05

    @classmethod
    def from_env(cls) -> Self:
        """Reads EDGE_REDIS_URL, by default REDIS_URL, and EDGE_RATE_*. Raises SettingError."""
        defaults = DEVELOPMENT if config.market_env() == "development" else PRODUCTION
        shared = redis_urls.setting("REDIS_URL", default="", about="See EDGE_REDIS_URL.")
        about = "Where rates are counted, by default REDIS_URL; without, none is limited."
        own = redis_urls.setting("EDGE_REDIS_URL", default="", about=about)
        return cls(
            redis_url=own or shared,
            quotas={each: quota(each.name, default) for each, default in defaults.items()},
        )


class Limiter:
    """Counts requests by caller and class, those that try secrets exactly, others by leases.

    While Redis is unavailable none is limited. The limiter then tries Redis once a second, so
    that only one request waits in vain.
    """

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        self._quotas = rates.quotas or {}
        self._leases = _leases(rates)
        self._clock = clock
        self._off_until = 0.0
        self._away = False
        if self._leases is None:
            log.warning("rate_limits_off", reason="neither EDGE_REDIS_URL nor REDIS_URL is set")

    async def acquire(self, rate_class: RateClass, call: Call) -> Decision | None:
        """Counts a request of the caller; returns None where none is counted."""
        allowed = self._quotas.get(rate_class)
        if self._leases is None or allowed is None or self._clock() < self._off_until:
            return None
        try:
            decision = await self._leases.acquire(
                _key(rate_class, call), allowed, exactly=rate_class is RateClass.LOGIN
            )
        except (RedisError, OSError) as error:
            self._turn_off(error)
            return None
        if self._away:
            self._away = False
            log.warning("rate_limits_on")
        return decision

    def _turn_off(self, error: Exception) -> None:
        self._off_until = self._clock() + ASKS_AGAIN_AFTER_S
        if not self._away:
            self._away = True
            log.warning("rate_limits_off", reason=type(error).__name__)

    async def close(self) -> None:
        if self._leases is not None:
            await self._leases.close()


def _leases(rates: Rates) -> Leases | None:
    if not rates.redis_url:
        return None
    return Leases(Counters(rates.redis_url, rates.answers_within_s))


def _key(rate_class: RateClass, call: Call) -> str:
    """Counts a user whatever its address, except on login, where addresses are counted."""
    subject = "" if rate_class is RateClass.LOGIN else call.caller.user_id
    return f"budget:{rate_class.name}:{subject or client_network(call.client_address)}"
