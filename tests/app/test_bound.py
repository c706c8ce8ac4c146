"""What binds and what is only a draft: the commands say which, and no number is read from a lake that another tree measured."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

from charter.app.apply import apply
from charter.app.doctor import examine
from charter.app.number import number
from charter.app.project import open_project
from charter.app.run import run
from charter.app.scorecard import scorecard
from charter.cli.main import application
from charter.errors import CharterError

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bound") / "group"
    write_demo(folder, seed=5, orders=200, months=2)
    run(open_project(folder), at=AT)
    apply(open_project(folder), at=AT)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


def call(folder: Path, *words: str) -> None:
    """Runs a command in this process; whatever it refuses comes out as its own error."""
    application()([*words, "-w", str(folder)], standalone_mode=False)


def move_branch(folder: Path) -> None:
    place = folder / "group/organisation/scopes.csv"
    lines = place.read_text().splitlines()
    old = next(line for line in lines if line.startswith("branch/malmo,"))
    new = ",".join([*old.split(",")[:1], "market/de", *old.split(",")[2:]])
    place.write_text("\n".join(new if line == old else line for line in lines) + "\n")


def test_a_command_says_that_the_draft_is_not_what_holds(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call(folder, "scorecard")
    assert capfd.readouterr().err == ""
    place = folder / "markets/se/targets.yaml"
    place.write_text(place.read_text() + "# a word\n")
    call(folder, "scorecard")
    told = "note: revision 1 holds, and the draft says something else: `charter plan` shows what, `charter apply` makes it hold\n"
    assert capfd.readouterr().err == told


def test_a_number_is_refused_between_the_revision_and_its_measuring(folder: Path) -> None:
    before = number(open_project(folder), "order-count", "market/de", "2024-01").number.value
    move_branch(folder)
    project = open_project(folder)
    # What is left where `apply` is killed after the log's line and before the lake's commit.
    project.revisions.apply(project.workspace, LATER, ("somebody",), base=project.revisions.log()[-1].manifest)
    for ask in (
        lambda: number(open_project(folder), "order-count", "market/de", "2024-01"),
        lambda: scorecard(open_project(folder), "market/de", "2024-01", LATER.date()),
    ):
        with pytest.raises(CharterError, match="PRF019"):
            ask()
    assert not apply(open_project(folder), at=LATER).fresh
    after = number(open_project(folder), "order-count", "market/de", "2024-01").number.value
    assert before is not None and after is not None and after > before


def test_a_draft_that_nobody_applied_moves_no_number(folder: Path) -> None:
    before = number(open_project(folder), "order-count", "market/de", "2024-01").number.value
    move_branch(folder)
    assert number(open_project(folder), "order-count", "market/de", "2024-01").number.value == before


def test_doctor_finds_a_revision_that_was_tampered_with(folder: Path) -> None:
    assert all(one.ok for one in examine(folder) if one.what == "revisions")
    log = next((folder / ".charter/revisions").glob("*.jsonl"))
    log.write_bytes(log.read_bytes().replace(b"unauthenticated", b"authenticated!!"))
    found = next(one for one in examine(folder) if one.what == "revisions")
    assert (found.ok, found.found) == (False, "revision 1 of the log is broken: the line is not what was written")


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, "no such file or directory"), ("{", "it is no JSON"), ("[]", "it does not say which documents it compares")],
)
def test_a_plan_that_is_none_is_told_as_that(folder: Path, text: str | None, reason: str) -> None:
    place = folder / "plan.json"
    if text is not None:
        place.write_text(text)
    with pytest.raises(CharterError, match=f"APP020 the plan .*plan.json cannot be read: {reason}"):
        call(folder, "apply", str(place))


def test_a_batch_that_is_not_there_is_told_without_a_row(folder: Path) -> None:
    with pytest.raises(CharterError, match="APP006 no batch begins with zz\n"):
        call(folder, "quarantine", "dismiss", "zz", "--reason", "x")
    with pytest.raises(CharterError, match="APP006 no batch begins with zz, or it holds no row 7"):
        call(folder, "quarantine", "dismiss", "zz", "7", "--reason", "x")
