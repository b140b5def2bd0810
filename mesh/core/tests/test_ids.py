import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mesh.core.ids import uuid7


def test_an_id_is_a_version_7_uuid_of_this_millisecond() -> None:
    before_ms = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before_ms <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_ids_increase_within_a_thread_and_never_repeat_across_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: [uuid7() for _ in range(2_000)], range(4)))
    assert all(ids == sorted(ids) for ids in made)
    assert len({one for ids in made for one in ids}) == 8_000


def test_ids_increase_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert first < uuid7() < uuid7()
