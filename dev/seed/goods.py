"""The products of a seeded shop."""

from random import Random
from typing import NamedTuple

# What it is, its sku and the range of its price in minor units.
_THINGS = (
    ("Mug", "MUG", 9_00, 19_00),
    ("Bowl", "BOWL", 14_00, 39_00),
    ("Teapot", "TEAPOT", 29_00, 89_00),
    ("T-shirt", "TEE", 18_00, 35_00),
    ("Hoodie", "HOODIE", 49_00, 95_00),
    ("Scarf", "SCARF", 24_00, 79_00),
    ("Notebook", "NOTEBOOK", 7_00, 24_00),
    ("Fountain pen", "PEN", 12_00, 149_00),
    ("Desk lamp", "LAMP", 59_00, 240_00),
    ("Backpack", "PACK", 69_00, 189_00),
    ("Steel bottle", "BOTTLE", 19_00, 45_00),
    ("Poster", "POSTER", 15_00, 60_00),
)
_LOOKS = """amber black brick cobalt copper cream forest graphite indigo ivory lilac moss mustard
navy ochre olive oak pearl plum rust sage sand sky slate walnut white""".split()
_STOCK = 5_000


class Product(NamedTuple):
    sku: str
    title: str
    price_minor: int


def products(count: int, seed: int) -> list[Product]:
    random = Random(f"goods {seed}")
    return [_product(number, seed, random) for number in range(count)]


def stock(number: int) -> int:
    """Returns how many of a product are left when all orders are placed; a few are scarce."""
    return number % 7 if number % 11 == 0 else _STOCK


def _product(number: int, seed: int, random: Random) -> Product:
    name, short, least, most = _THINGS[number % len(_THINGS)]
    look = random.choice(_LOOKS)
    price_minor = random.randrange(least, most, 50) - random.choice((0, 1, 10))
    return Product(f"{short}-{look.upper()}-{seed}-{number}", f"{name}, {look}", price_minor)
