"""The key of pseudonyms: made once, whoever asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from charter.state.database import open_state

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_there_is_none_until_one_is_kept_and_then_it_stays(tmp_path: Path) -> None:
    with open_state(tmp_path / "state.sqlite") as state:
        assert state.keys.key() is None
        assert state.keys.keep("a" * 64, AT) == "a" * 64
        assert state.keys.keep("b" * 64, AT) == "a" * 64
    with open_state(tmp_path / "state.sqlite") as state:
        assert state.keys.key() == "a" * 64


def test_of_many_at_once_all_get_the_same(tmp_path: Path) -> None:
    def keep(letter: str) -> str:
        with open_state(tmp_path / "state.sqlite") as state:
            return state.keys.keep(letter * 64, AT)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(keep, "abcdef01"))) == 1
