"""Until when an RPC is served: deprecation, sunset and successor, by its contract.

Source: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 5829 (successor-version).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from market.options.v1 import options_pb2


class LifeCycleWrong(Exception):
    """The option contradicts itself; the text says how."""


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """What an RPC's `life_cycle` says; its days begin at midnight UTC."""

    deprecated_since: datetime
    sunset: datetime | None
    successor: str
    gone_after_sunset: bool

    @property
    def headers(self) -> dict[str, str]:
        """Returns what tells callers of it over REST, and lowercase over gRPC."""
        told = {"Deprecation": f"@{int(self.deprecated_since.timestamp())}"}
        if self.sunset is not None:
            told["Sunset"] = format_datetime(self.sunset, usegmt=True)
        return told

    @property
    def words(self) -> str:
        """Returns it for people: since when, until when, and what to call instead."""
        told = [f"Deprecated since {self.deprecated_since:%Y-%m-%d}."]
        if self.sunset is not None:
            end = "Refused" if self.gone_after_sunset else "May be gone"
            told.append(f"{end} from {self.sunset:%Y-%m-%d} on.")
        if self.successor:
            told.append(f"Call `{self.successor}` instead.")
        return " ".join(told)

    def is_gone(self, now_s: float) -> bool:
        """Returns whether calls are refused at this Unix time."""
        if self.sunset is None or not self.gone_after_sunset:
            return False
        return now_s >= self.sunset.timestamp()


def life_cycle_of(method: MethodDescriptor) -> LifeCycle | None:
    """Returns None for an RPC that is not deprecated. Raises LifeCycleWrong."""
    options: Any = method.GetOptions()
    if not options.deprecated and not options.HasExtension(options_pb2.life_cycle):
        return None
    given = options.Extensions[options_pb2.life_cycle]
    if not options.deprecated or not given.deprecated_since:
        raise LifeCycleWrong("`deprecated` and life_cycle.deprecated_since need each other")
    since, sunset = _day(given.deprecated_since), given.sunset and _day(given.sunset)
    if sunset and sunset <= since:
        raise LifeCycleWrong("the sunset is not after the deprecation")
    if given.gone_after_sunset and not sunset:
        raise LifeCycleWrong("gone_after_sunset needs a sunset")
    return LifeCycle(since, sunset or None, given.successor, given.gone_after_sunset)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise LifeCycleWrong(f"{text!r} is no day such as 2026-11-29") from error
