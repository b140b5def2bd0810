"""Measures what the rules of a contract cost on a field that grows, and whether it is linear.

Measured on the thread that evaluates, the best of a few: a ratio of two such times tells a
square from a line on any machine.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import protovalidate
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from edge_api.codec.descriptors import is_map

ITEMS, CHARS = 1_000, 30_000
TIMES = 4
STEEP = 8.0  # a line makes it 4, a square 16
SHORT_S = 0.02  # of the longer one: too short to tell, and short enough
TRIES = 5
TEXTS = ("a", "-", "a.", "a@a.", "\u00e9")

Path = tuple[FieldDescriptor, ...]


def growing(descriptor: Descriptor, within: Path = ()) -> Iterator[Path]:
    """Yields the fields of a message that can be any size, those inside others too."""
    for field in descriptor.fields:
        here = (*within, field)
        if field.is_repeated or field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            yield here
        if field.message_type is not None and not is_map(field) and len(within) < 3:
            yield from growing(field.message_type, here)


def of_size(descriptor: Descriptor, path: Path, size: int, text: str = "a") -> Message:
    """Returns a message with `size` items or characters there, and one item in lists on the way."""
    message: Message = GetMessageClass(descriptor)()
    owner: Any = message
    for step in path[:-1]:
        owner = getattr(owner, step.name)
        if step.is_repeated:
            owner = owner.add()
    last = path[-1]
    if not last.is_repeated:
        value = (text * size)[:size]
        setattr(owner, last.name, value.encode() if last.type == last.TYPE_BYTES else value)
        return message
    values = getattr(owner, last.name)
    if is_map(last):
        _fill_map(values, size)
    elif last.message_type is not None:
        for number in range(size):
            _tell_apart(values.add(), number)
    else:
        values.extend(map(str, range(size)))
    return message


def _fill_map(values: Any, size: int) -> None:
    for number in range(size):
        values[str(number)]  # one of messages makes it, one of texts is empty


def _tell_apart(item: Any, number: int) -> None:
    """Makes items differ, so that a search for two equal ones has to reach the end."""
    for field in item.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(item, field.name, str(number))


def is_steep(make: Callable[[int], Message], size: int) -> bool:
    """Returns whether the rules take much more than TIMES as long for TIMES as much."""
    longer_s = _best_s(make(size * TIMES))
    return longer_s > SHORT_S and longer_s > STEEP * _best_s(make(size))


def _best_s(message: Message) -> float:
    best_s = float("inf")
    for _ in range(TRIES):
        started = time.thread_time()
        try:
            protovalidate.collect_violations(message)
        except protovalidate.EvaluationError:  # it gave up after too many steps
            return float("inf")
        best_s = min(best_s, time.thread_time() - started)
        if best_s < SHORT_S:
            break
    return best_s
