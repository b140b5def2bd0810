"""The users of a seeded shop."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from dev.seed.ids import uuid7

PASSWORD = "a password of the seeded shop"  # noqa: S105  # of development
_FIRST = """Ada Alan Amara Anna Barbara Carmen Dana Dorothy Edsger Elif Emmy Fatima Frances
Grace Hana Hedy Igor Ines Jean Joan Jonas Kaya Karel Lena Linus Lise Luis Maja Margaret Mary Mei
Nadia Niels Noor Olga Omar Paul Priya Radia Rosa Sofia Tariq Tim Uma Vera Wanda Yuki Zoe""".split()
_LAST = """Allen Backus Bauer Byron Cerf Clarke Cohen Curie Diaz Dijkstra Engel Estrin Floyd Garcia
Goldberg Hamilton Hopper Ito Johnson Kahn Keller Khan Kim Kowalski Lamarr Lamport Liskov Lopez
Meyer Moore Nagy Noether Novak Okafor Patel Perlman Popov Rossi Sato Schmidt Silva Singh Svensson
Tanaka Turing Wilkes Wirth Yilmaz Zhang""".split()
_OPEN_DAYS = 365  # before the orders begin, people registered


class Person(NamedTuple):
    """An account."""

    id: str
    username: str
    full_name: str
    email_verified: bool
    since: datetime


def person(number: int, seed: int, opened: datetime) -> Person:
    """Returns one person of a seed; `opened` is when the first order was placed."""
    random = Random(f"person {seed} {number}")  # hashed: of numbers some make the same sequence
    first, last = random.choice(_FIRST), random.choice(_LAST)
    since = opened - timedelta(days=random.uniform(0, _OPEN_DAYS))
    username = f"{first}.{last}.{seed}.{number}".lower()
    return Person(uuid7(since, random), username, f"{first} {last}", random.random() < 0.9, since)
