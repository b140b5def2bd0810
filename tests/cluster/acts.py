"""What happens to the rig under load. Each act returns once all hosts are as they were."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.parts import CALLS, READY
from tests.cluster.rig import Rig

SHARE_WITHIN_S = 30.0
CUT_OFF_S = 15.0
LOOKS_EVERY_S = 5.0
LEAST_CALLS = 12  # by which a share can be told
_Told = list[str]


class NotShared(Exception):
    """A new replica got no share of the calls in time."""


@dataclass(frozen=True)
class Act:
    """`play` returns what there is to tell. For `down_s` at most no order is placed."""

    name: str
    play: Callable[[Rig], _Told]
    down_s: float


def scale_out(rig: Rig) -> _Told:
    """A third host begins to serve; how soon do its replicas have their share?"""
    rig.hosts[2].start()
    began = time.monotonic()
    waiting = {(part.name, part.tier) for part in rig.hosts[2] if part.tier in CALLS}
    told = []
    while waiting:
        shares = _shares(rig)
        after_s = time.monotonic() - began
        for name, tier in sorted(waiting):
            own, all_calls = shares[name, tier]
            if all_calls >= LEAST_CALLS and own >= all_calls / len(rig.hosts) / 2:
                told.append(f"{name} {tier}: {own / all_calls:.0%} after {after_s:.0f} s")
                waiting.discard((name, tier))
        if after_s > SHARE_WITHIN_S and waiting:
            raise NotShared(f"{sorted(waiting)} after {after_s:.0f} s: {shares}")
    return told


def _shares(rig: Rig) -> dict[tuple[str, str], tuple[float, float]]:
    """Returns the third host's calls in a while, and all hosts', by name and tier."""
    parts = [part for host in rig.hosts for part in host if part.tier in CALLS]
    before = {part: part.calls() for part in parts}
    time.sleep(LOOKS_EVERY_S)
    made = {part: part.calls() - before[part] for part in parts}
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for part, calls in made.items():
        own, of_all = found.get((part.name, part.tier), (0.0, 0.0))
        is_new = part.host is rig.hosts[2].host
        found[part.name, part.tier] = own + calls * is_new, of_all + calls
    return found


def roll(rig: Rig) -> _Told:
    """Replaces all processes, tier by tier, one after another."""
    for tier in READY:
        for host in rig.hosts:
            host.roll([part for part in host if part.tier == tier])
    return []


def cut_off(rig: Rig) -> _Told:
    """The third host's network goes, without a word, and comes back."""
    lost = rig.hosts[2]
    lost.host.unplug()
    time.sleep(CUT_OFF_S)
    lost.host.plug_in()
    lost.wait_until_ready()
    return []


def lose_first_host(rig: Rig) -> _Told:
    """The first host goes without a word, and with it both primaries; it comes back empty."""
    lost = rig.hosts[0]
    lost.host.unplug()
    rig.engines.promote_standby()
    time.sleep(CUT_OFF_S)
    lost.host.kill_all()
    lost.host.plug_in()
    lost.start()
    return ["the standby is promoted at once; Sentinels do that themselves"]


ACTS = (
    Act("a third host comes", scale_out, down_s=8),
    Act("the primaries' host is lost", lose_first_host, down_s=15),
    Act("a host is cut off, and comes back", cut_off, down_s=15),
    Act("every process is replaced", roll, down_s=8),
)
