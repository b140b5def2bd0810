"""The toy's watch; the event `the end` is final."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection, transaction

from mesh.core.errors import NotFound
from mesh.rpc.streaming.watch import Event, Watch, WatchTarget
from mesh.tests.toy.contract import WatchResponse
from mesh.tests.toy.models import Happening

THE_END = "the end"
WATCH_RPC = "toy.v1.ToyService/Watch"
WATCH_FEW_RPC = "toy.v1.ToyService/WatchFew"
CHANNEL = "toy_happenings"


@transaction.atomic
def happen(thing: str, *what: str) -> None:
    """Records events of a thing, in order, in one transaction."""
    first = Happening.objects.filter(thing=thing).count() + 1
    for seq, one in enumerate(what, start=first):
        Happening.objects.create(thing=thing, seq=seq, what=one)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, thing])


def find(request: Any) -> WatchTarget:
    if request.thing == "nothing":
        raise NotFound("there is no such thing")
    ended = Happening.objects.filter(thing=request.thing, what=THE_END).exists()
    return WatchTarget(request.thing, request.after_event, ended=ended)


def events_after(positions: Mapping[str, int]) -> Iterator[Event]:
    for one in Happening.objects.filter(thing__in=positions, seq__gt=min(positions.values())):
        message = WatchResponse(seq=one.seq, what=one.what)
        yield Event(one.thing, one.seq, message, final=one.what == THE_END)


WATCH = Watch(find, CHANNEL, events_after)
