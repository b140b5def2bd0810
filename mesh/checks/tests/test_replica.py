"""What the doctor says of the replica that the settings name."""

import pytest
from django.db import connections

from mesh.checks.findings import Finding, Level
from mesh.checks.replica import FAR_BYTES, replica
from mesh.db import positions
from mesh.db.positions import Position
from mesh.db.replica import ALIAS
from tests.support.engines import postgres
from tests.support.standby import Standby, as_replica

pytestmark = pytest.mark.django_db
MEND = "mend TOY_DATABASE_REPLICA_URL"


def found() -> Finding:
    (finding,) = replica("toy_service")
    return finding


def test_a_standby_of_ours_is_fine(standby: Standby) -> None:
    with as_replica(standby):
        finding = found()
    assert finding.level is Level.OK
    assert "is a standby of ours, " in finding.says


def test_one_that_is_away_stops_nothing(standby: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_replica(standby):
        monkeypatch.setitem(connections.settings[ALIAS], "PORT", "1")
        finding = found()
    assert finding.level is Level.WARNING
    assert "can't be reached, so the primary serves all reads" in finding.says
    assert finding.remedy == f"start it, or {MEND}"


def test_the_primary_itself_is_no_standby() -> None:
    with as_replica(postgres()):
        finding = found()
    assert (finding.level, finding.remedy) == (Level.FAILED, MEND)
    assert finding.says.endswith("is no standby, so no read goes there")


@pytest.mark.parametrize(
    ("primary", "level", "says"),
    [
        (Position(2, 1, 10), Level.FAILED, "is a standby of another database than ours"),
        (Position(1, 2, 10), Level.WARNING, "is on timeline 1 and the primary on 2"),
        (Position(1, 1, 11 + FAR_BYTES), Level.WARNING, f"{1 + FAR_BYTES} bytes behind"),
        (Position(1, 1, 9), Level.OK, "0 bytes behind"),
    ],
)
def test_one_that_does_not_follow_ours_is_told_from_it(
    standby: Standby,
    primary: Position,
    level: Level,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(positions, "of_standby", lambda _: Position(1, 1, 10))
    monkeypatch.setattr(positions, "of_primary", lambda _: primary)
    with as_replica(standby):
        finding = found()
    assert finding.level is level
    assert says in finding.says
