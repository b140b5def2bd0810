"""A replica is never taken to show what it lacks, whatever happened to it and its primary."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.db.positions import UNKNOWN, Marks, Position

OURS, OTHERS = 1, 2


def test_it_lacks_nothing_of_the_last_moment_whose_position_it_has_replayed() -> None:
    marks = Marks()
    assert marks.complete_to(Position(OURS, 1, 99)) == UNKNOWN
    for moment, lsn in ((0.0, 10), (1.0, 10), (2.0, 30)):
        marks.add(moment, Position(OURS, 1, lsn))
    assert marks.complete_to(Position(OURS, 1, 9)) == UNKNOWN
    assert marks.complete_to(Position(OURS, 1, 10)) == 1.0
    assert marks.complete_to(Position(OURS, 1, 29)) == 1.0
    assert marks.complete_to(Position(OURS, 1, 99)) == 2.0


def test_another_database_or_timeline_is_not_ours_however_far_it_is() -> None:
    marks = Marks()
    marks.add(0.0, Position(OURS, 2, 10))
    assert marks.complete_to(Position(OTHERS, 2, 99)) == UNKNOWN
    assert marks.complete_to(Position(OURS, 1, 99)) == UNKNOWN
    assert marks.complete_to(Position(OURS, 3, 99)) == UNKNOWN


@dataclass
class Log:
    """What a server has: the changes of its timelines, each at a position."""

    timeline: int = 1
    changes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def position(self) -> Position:
        return Position(OURS, self.timeline, len(self.changes))

    def write(self, change: str) -> None:
        self.changes.append((self.timeline, change))

    def promoted(self, at: int) -> "Log":
        """Returns the log of a standby that had so many of the changes, and is the primary now."""
        return Log(self.timeline + 1, self.changes[:at])

    def replayed(self, changes: int) -> "Log":
        return Log(self.timeline, self.changes[:changes])


@settings(deadline=None)
@given(st.data())
def test_what_it_is_said_to_be_complete_to_it_is(data: st.DataObject) -> None:
    """Whoever follows whichever primary, also one that was replaced and went on."""
    marks, primary, logs = Marks(), Log(), [Log()]
    shown: list[list[tuple[int, str]]] = []  # at each moment, what the primary had
    logs = [primary]
    for moment in range(data.draw(st.integers(1, 8))):
        for number in range(data.draw(st.integers(0, 3))):
            primary.write(f"{moment}.{number}")
        if data.draw(st.booleans()):
            logs[0].write(f"after its end {moment}") if logs[0] is not primary else None
        if data.draw(st.booleans()):
            primary = primary.promoted(data.draw(st.integers(0, len(primary.changes))))
            logs.append(primary)
        marks.add(float(moment), primary.position)
        shown.append(list(primary.changes))
    followed = data.draw(st.sampled_from(logs))
    standby = followed.replayed(data.draw(st.integers(0, len(followed.changes))))
    complete_to = marks.complete_to(standby.position)
    if complete_to != UNKNOWN:
        missing = [one for one in shown[int(complete_to)] if one not in standby.changes]
        assert missing == []
