"""The history of tasks in SQLite and in PostgreSQL: each line once, however many write at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from charter.state.database import open_state
from charter.state.task_log import Look, TaskLine

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
LINE = TaskLine(
    "0123456789ab", 1, "opened", AT, "charter", "“38 % missed 40 %”", None, {"about": ["dor", "group"], "kind": "breach"}
)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    if request.param == "sqlite":
        yield tmp_path / "state.sqlite"
        return
    pgserver = pytest.importorskip("pgserver")
    server = pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def next_line(lines: Sequence[TaskLine]) -> TaskLine:
    return replace(LINE, seq=len(lines) + 1, text=f"line {len(lines) + 1}")


def test_what_was_written_is_read_in_utc_and_in_order(place: Path | str) -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=1)))
    with open_state(place) as state:
        assert (state.tasks.lines(), state.tasks.look()) == ((), Look(0, ""))
        assert state.tasks.derive(
            Look(0, ""), "seen", AT, lambda _: [replace(LINE, seq=2, person="person/bo"), replace(LINE, at=berlin)]
        )
    with open_state(place) as state:
        assert state.tasks.lines() == (LINE, replace(LINE, seq=2, person="person/bo"))
        assert state.tasks.look() == Look(1, "seen")


def test_a_look_that_fails_half_way_writes_nothing(place: Path | str) -> None:
    def half(_: Sequence[TaskLine]) -> Iterator[TaskLine]:
        yield LINE
        raise KeyError("in the middle")

    with open_state(place) as state:
        with pytest.raises(KeyError, match="in the middle"):
            state.tasks.derive(Look(0, ""), "seen", AT, half)
        assert (state.tasks.lines(), state.tasks.look()) == ((), Look(0, ""))


def test_many_who_write_to_one_task_take_turns_and_lose_no_line(place: Path | str) -> None:
    with open_state(place) as state:
        log = state.tasks
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: log.append(next_line), range(12)))
        assert [one.seq for one in log.lines()] == list(range(1, 13))


def test_of_many_looks_from_one_view_just_one_is_written(place: Path | str) -> None:
    with open_state(place) as state:
        log = state.tasks
        with ThreadPoolExecutor(4) as pool:
            written = list(pool.map(lambda _: log.derive(Look(0, ""), "seen", AT, lambda _: [LINE]), range(8)))
        assert (sum(written), log.lines(), log.look()) == (1, (LINE,), Look(1, "seen"))
