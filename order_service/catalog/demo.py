"""The demo catalog of development."""

from typing import NamedTuple


class DemoProduct(NamedTuple):
    sku: str
    title: str
    description: str
    price_minor: int
    stock: int


PRODUCTS = (
    DemoProduct("MUG-BLUE", "Mug, cobalt blue", "Stoneware, 350 ml.", 12_90, 120),
    DemoProduct("MUG-WHITE", "Mug, white", "Stoneware, 350 ml.", 11_90, 150),
    DemoProduct("TEE-BLACK-M", "T-shirt, black, M", "Organic cotton, 180 g/m².", 24_00, 80),
    DemoProduct("TEE-BLACK-L", "T-shirt, black, L", "Organic cotton, 180 g/m².", 24_00, 60),
    DemoProduct("TEE-GREEN-M", "T-shirt, moss green, M", "Organic cotton, 180 g/m².", 24_00, 40),
    DemoProduct("HOODIE-GREY-L", "Hoodie, grey, L", "Brushed, with a front pocket.", 59_00, 25),
    DemoProduct("NOTEBOOK-A5", "Notebook A5, dotted", "192 pages; lies flat.", 16_50, 200),
    DemoProduct("PEN-GEL-05", "Gel pen, 0.5 mm", "Black, refillable.", 3_20, 500),
    DemoProduct("BAG-CANVAS", "Canvas bag", "12 litres, with an inner pocket.", 18_00, 90),
    DemoProduct("BOTTLE-750", "Steel bottle, 750 ml", "Keeps cold for 24 hours.", 32_00, 70),
    DemoProduct("LAMP-DESK", "Desk lamp", "Dimmable, 2700 to 5000 K.", 119_00, 15),
    DemoProduct("POSTER-MESH", "Poster, 50 by 70 cm", "Signed; the last ten.", 45_00, 10),
)
