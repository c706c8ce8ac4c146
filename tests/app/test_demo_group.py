"""The demo as people run it: a second time, after they worked in it, killed in between, into a folder that is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.app.demo_group import Made, make_demo
from charter.app.project import open_project
from charter.errors import CharterError


def made(folder: Path, *, orders: int = 400, again: bool = False) -> Made:
    return make_demo(folder, branches=3, countries=2, months=3, orders=orders, seed=5, again=again)


def told(group: Made) -> list[tuple[str, object]]:
    return [(row.metric, row.number.figure.value if row.number else None) for row in group.card.raw]


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    folder = tmp_path_factory.mktemp("demo") / "group"
    return folder, made(folder)


def test_a_second_time_it_is_there_as_it_was_left(group: tuple[Path, Made]) -> None:
    folder, first = group
    (folder / "NOTES.md").write_text("mine")
    second = made(folder)
    assert first.report is not None
    assert second.report is None
    assert second.next_steps == first.next_steps
    assert told(second) == told(first)
    assert (folder / "NOTES.md").read_text() == "mine"


def test_another_size_is_refused_with_what_is_there_and_takes_nothing_away(group: tuple[Path, Made]) -> None:
    folder, _ = group
    with pytest.raises(CharterError) as refused:
        made(folder, orders=500)
    assert refused.value.code == "APP066"
    assert "--orders 400 --seed 5" in refused.value.message.replace(",", "")
    assert open_project(folder).store.exists()


def test_again_makes_it_anew_and_leaves_the_folder_itself(tmp_path: Path) -> None:
    folder = tmp_path / "group"
    made(folder)
    before = folder.stat().st_ino
    (folder / "NOTES.md").write_text("mine")
    assert made(folder, again=True).report is not None
    assert not (folder / "NOTES.md").exists()
    assert folder.stat().st_ino == before


def test_one_that_was_killed_before_it_was_whole_is_made_anew(tmp_path: Path) -> None:
    def killed(name: str, done: int, total: int | None, unit: str) -> None:
        if name == "work out the truth":
            raise KeyboardInterrupt

    folder = tmp_path / "group"
    with pytest.raises(KeyboardInterrupt):
        make_demo(folder, branches=3, countries=2, months=3, orders=400, seed=5, advance=killed)
    assert any(folder.iterdir())
    assert made(folder).report is not None


def test_what_is_no_demo_or_no_folder_is_refused_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    told = {}
    for place in (file, file / "below", other):
        with pytest.raises(CharterError) as refused:
            made(place, again=True)
        told[place] = refused.value.code
    assert told == {file: "APP067", file / "below": "APP067", other: "APP007"}
    assert (file.read_text(), (other / "mine").read_text()) == ("mine", "mine")
