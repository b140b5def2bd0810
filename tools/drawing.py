"""Draws boxes on floors with arrows between them, as an SVG that follows light and dark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

MARGIN, BOXES_WIDE, GAP, FLOOR_GAP, LINE = 150, 760, 20, 26, 18
TITLE_HIGH, PAD, CHAR_WIDE = 60, 12, 6.6
STYLE = """\
.paper{fill:#fff}.box{fill:#f3f6fa;stroke:#8a99ad}.name{fill:#1b2430;font-weight:600}
text{fill:#3d4a5c;font:13px system-ui,sans-serif}.title{font-size:17px;fill:#1b2430}
.uses{fill:#6b7a90;font-size:12px}.arrow{fill:none;stroke:#8a99ad;stroke-width:1.4}
.wrong{stroke:#d1242f;stroke-width:2.4}.head{fill:#8a99ad}.wrong-head{fill:#d1242f}
@media (prefers-color-scheme:dark){.paper{fill:#0d1117}.box{fill:#161d27;stroke:#4c5a6e}
.name,.title{fill:#e6edf3}text{fill:#b6c2d1}.uses{fill:#8593a6}.arrow{stroke:#66758a}
.wrong{stroke:#ff6b6b}.head{fill:#66758a}.wrong-head{fill:#ff6b6b}}"""


@dataclass(frozen=True)
class Box:
    name: str
    promise: str


@dataclass(frozen=True)
class Arrow:
    """`source` imports `target`; a `wrong` one is red, and always drawn."""

    source: str
    target: str
    wrong: bool


@dataclass
class _Placed:
    """A box with its place, its floor, and how many arrows touch its sides so far."""

    box: Box
    lines: list[str]
    uses: list[str]
    x: int
    y: int
    width: int
    height: int
    floor: int
    leftmost: bool
    touched: int = field(default=0)

    def side_y(self) -> int:
        """Returns a height of its own for each arrow at a side of the box."""
        self.touched += 1
        return self.y + min(self.height - 6, 10 * self.touched)


def drawn(title: str, floors: Sequence[Sequence[Box]], arrows: Sequence[Arrow]) -> str:
    """Returns the SVG. Arrows that a way over other rooms implies are left to the text."""
    placed = _placed(floors, arrows)
    high = max(each.y + each.height for each in placed.values()) + 24
    wide = BOXES_WIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f"<defs>{_head('head')}{_head('wrong-head')}</defs>",
        f'<rect class="paper" width="{wide}" height="{high}"/>',
        f'<text class="title" x="{MARGIN}" y="36">{escape(title)}</text>',
        *(_box(each) for each in placed.values()),
        *(_arrow(arrow, placed) for arrow in _not_implied(arrows)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _placed(floors: Sequence[Sequence[Box]], arrows: Sequence[Arrow]) -> dict[str, _Placed]:
    placed: dict[str, _Placed] = {}
    y = TITLE_HIGH
    for number, floor in enumerate(floors):
        width = (BOXES_WIDE - GAP * (len(floor) - 1)) // len(floor)
        row = [
            _at(box, arrows, number, x=MARGIN + column * (width + GAP), y=y, width=width)
            for column, box in enumerate(floor)
        ]
        for each in row:
            each.height = max(other.height for other in row)
            each.leftmost = len(row) > 1 and each is row[0]
            placed[each.box.name] = each
        y += row[0].height + FLOOR_GAP
    return placed


def _at(box: Box, arrows: Sequence[Arrow], floor: int, *, x: int, y: int, width: int) -> _Placed:
    chars = int((width - 2 * PAD) / CHAR_WIDE)
    used = [arrow.target for arrow in arrows if arrow.source == box.name]
    lines = wrap(box.promise, chars)
    uses = wrap("imports " + " · ".join(used), chars) if used else []
    height = 2 * PAD + LINE * (len(lines) + len(uses) + 1)
    return _Placed(box, lines, uses, x, y, width, height, floor, leftmost=False)


def _not_implied(arrows: Sequence[Arrow]) -> Iterator[Arrow]:
    """Yields the arrows whose target can't be reached over another room."""
    targets: dict[str, set[str]] = {}
    for arrow in arrows:
        targets.setdefault(arrow.source, set()).add(arrow.target)
    for arrow in arrows:
        others = targets[arrow.source] - {arrow.target}
        if arrow.wrong or arrow.target not in _reached(others, targets):
            yield arrow


def _reached(starts: set[str], targets: dict[str, set[str]]) -> set[str]:
    seen, waiting = set(starts), list(starts)
    while waiting:
        new = targets.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _box(at: _Placed) -> str:
    classes = ["name", *("" for _ in at.lines), *("uses" for _ in at.uses)]
    lines = zip(classes, [at.box.name, *at.lines, *at.uses], strict=True)
    texts = "".join(_text(name, at, row, line) for row, (name, line) in enumerate(lines))
    shape = f'x="{at.x}" y="{at.y}" width="{at.width}" height="{at.height}" rx="8"'
    return f'<rect class="box" {shape}/>{texts}'


def _text(name: str, at: _Placed, row: int, line: str) -> str:
    x, y = at.x + PAD, at.y + PAD + 13 + LINE * row
    return f'<text class="{name}" x="{x}" y="{y}">{escape(line)}</text>'


def _arrow(arrow: Arrow, placed: dict[str, _Placed]) -> str:
    source, target = placed[arrow.source], placed[arrow.target]
    looks, head = ("arrow wrong", "wrong-head") if arrow.wrong else ("arrow", "head")
    straight = target.floor == source.floor + 1
    way = _straight(source, target) if straight else _around(source, target)
    told = escape(f"{arrow.source} imports {arrow.target}")
    return f'<path class="{looks}" marker-end="url(#{head})" d="{way}"><title>{told}</title></path>'


def _straight(source: _Placed, target: _Placed) -> str:
    """Returns a line down to the floor below, through the middle of the boxes' overlap."""
    left = max(source.x, target.x)
    right = min(source.x + source.width, target.x + target.width)
    if left >= right:
        return _around(source, target)
    return f"M{(left + right) // 2} {source.y + source.height}V{target.y - 5}"


def _around(source: _Placed, target: _Placed) -> str:
    """Returns a curve past the floors between, on the side where the source has no neighbour."""
    out = 20 + min(14 * abs(target.floor - source.floor), MARGIN - 30)
    if source.leftmost or target.leftmost:
        start, end, bend, tip = source.x, target.x, -out, -5
    else:
        start, end, bend, tip = source.x + source.width, target.x + target.width, out, 5
    top, bottom = source.side_y(), target.side_y()
    return f"M{start} {top}C{start + bend} {top} {end + bend} {bottom} {end + tip} {bottom}"


def _head(name: str) -> str:
    box = 'viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
    return f'<marker id="{name}" {box}><path class="{name}" d="M0 0L8 4L0 8z"/></marker>'
