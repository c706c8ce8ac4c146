"""What a plan says of reading deliveries again comes true, digit for digit, and the lake does not notice that it was asked."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

from charter.app.apply import apply
from charter.app.maintain import maintain
from charter.app.number import number
from charter.app.plan import plan
from charter.app.plan_again import Again, Holding
from charter.app.project import open_project
from charter.app.run import run
from charter.errors import CharterError
from charter.intake.held import still_held
from charter.performance.history import Standing

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
CHANGES = int(os.environ.get("CHARTER_PLANS_AGAIN", "6"))
Change = Callable[[Path, random.Random], None]
Place = tuple[str, str, str]
Usage = namedtuple("Usage", "free")
PLAN = (
    "import sys; from charter.app.plan import plan; from charter.app.project import open_project; plan(open_project(sys.argv[1]))"
)
WRITE = """
import sys
from pathlib import Path
from charter.app.project import open_project
from charter.warehouse.opening import open_writer
with open_writer(open_project(Path(sys.argv[1])).store, holder="a run") as lake:
    with lake.transaction():
        lake.execute(f"DELETE FROM {lake.table('fact_order')}")
        print("written", flush=True)
        sys.stdin.readline()
        raise SystemExit
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again") / "group"
    write_demo(folder, seed=11, orders=300, months=3)
    run(open_project(folder), at=AT)
    apply(open_project(folder), at=AT)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


def _edit(place: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, place.read_text(), count=1)
    assert count, (place, pattern)
    place.write_text(text)


def _channel(folder: Path, chance: random.Random) -> None:
    code, way = chance.choice([("TEL", "phone"), ("MAIL", "mail"), ("60", "phone"), ("WEB", "shop")])
    _edit(folder / "group/sources/channels.csv", rf"(?m)^{code},.*$", f"{code},{way},{chance.choice(['C2', 'C3', 'C4'])}")


def _amount(folder: Path, chance: random.Random) -> None:
    _edit(folder / "group/sources/erp-de.yaml", r"net_amount: BETRAG", f"net_amount: BETRAG * {chance.randint(2, 9)}")


def _stricter(folder: Path, chance: random.Random) -> None:
    rule = f"{{name: BETRAG, logicalType: number, required: true, logicalTypeOptions: {{minimum: {chance.randint(50, 900)}}}}}"
    _edit(folder / "group/contracts/erp-de.odcs.yaml", r"\{name: BETRAG,[^}]*\}", rule)


def _looser(folder: Path, chance: random.Random) -> None:
    del chance
    _edit(folder / "group/contracts/erp-de.odcs.yaml", r", logicalTypeOptions: \{pattern: \"\^\[0-9\]\{7\}\$\"\}", "")


def _eligible(folder: Path, chance: random.Random) -> None:
    _edit(folder / "group/sources/codes.yaml", rf'(code: {chance.choice("MIK")}, type: \w+, eligible:) "no"', r'\1 "yes"')


def _site(folder: Path, chance: random.Random) -> None:
    _edit(folder / "group/sources/sites.csv", rf"(?m)^{chance.choice(['B01', '110', 'LDS'])},.*\n", "")


def _target(folder: Path, chance: random.Random) -> None:
    place = folder / "group/metrics/digital-order-ratio.yaml"
    _edit(place, r"value: [0-9.]+, reference: board 2023", f"value: 0.{chance.randint(16, 90)}, reference: board 2023")


ALL: tuple[Change, ...] = (_channel, _amount, _stricter, _looser, _eligible, _site, _target)


def _asked(folder: Path, place: Place) -> tuple[object, ...] | None:
    try:
        found = number(open_project(folder), *place).number
    except CharterError:
        return None
    return (found.value, found.n, found.target.value if found.target else None, found.status)


def _told(one: Standing | None) -> tuple[object, ...] | None:
    return None if one is None else (one.value, one.n, one.target, one.status)


def _held(folder: Path, source: str) -> Holding:
    with open_project(folder).reading() as lake:
        rows = lake.rows(
            f"SELECT currency, sum(value_amount), count(*) FROM {still_held(lake)} AS h WHERE source = $source "
            "GROUP BY ALL ORDER BY currency",
            {"source": source},
        )
        refused = lake.rows(f"SELECT 1 FROM {lake.table('batch')} WHERE source = $source AND state = 'refused'", {"source": source})
    value = tuple((currency or "", amount) for currency, amount, _ in rows if amount is not None)
    return Holding(sum(row[2] for row in rows), value, len(refused))


def _lake(folder: Path) -> dict[str, object]:
    """All files of the lake, but for the locks: their content, and which file of the disk they are."""
    store = open_project(folder).store
    places = [place for place in store.folder.rglob("*") if place.is_file() and place.suffix not in {".lock", ".sqlite-shm"}]
    found: dict[str, object] = {}
    for place in places:
        if place.stat().st_size:
            facts = (place.stat().st_ino, place.stat().st_mtime_ns)
            found[str(place.relative_to(folder))] = (hashlib.sha256(place.read_bytes()).hexdigest(), facts)
    return found


def _again(folder: Path) -> Again:
    found = plan(open_project(folder)).again
    assert found is not None
    assert found.problem is None, found.problem
    return found


@pytest.mark.parametrize("seed", range(CHANGES))
def test_what_a_plan_says_of_reading_again_is_what_comes_of_it(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    for change in {ALL[seed % (len(ALL) - 1)], chance.choice(ALL)}:
        change(folder, chance)
    lake = _lake(folder)
    report = plan(open_project(folder))
    assert _lake(folder) == lake
    assert list(open_project(folder).store.temp.iterdir()) == []
    again = report.again
    assert again is not None
    assert again.problem is None, again.problem
    places = {(one.metric, one.scope, one.month): one for one in again.numbers}
    moved = chance.sample(sorted(places), min(5, len(places)))
    quiet = (
        ("order-value", "market/de", "2024-02"),
        ("average-order-time", "market/se", "2024-02"),
        ("error-rate", "branch/berlin", "2024-01"),
    )
    still = [place for place in quiet if place not in places]
    apply(open_project(folder), at=AT + timedelta(days=1))
    before = {place: _asked(folder, place) for place in (*moved, *still)}
    assert {place: before[place] for place in moved} == {place: _told(places[place].before) for place in moved}
    applied = {(one.metric, one.scope, one.month): _told(one.after) for one in report.numbers}
    assert {place: before[place] for place in moved if place in applied} == {
        place: applied[place] for place in moved if place in applied
    }
    assert {one.source: one.before for one in again.sources} == {name: _held(folder, name) for name in again.names}
    done = run(open_project(folder), only=again.names, again=True, at=AT + timedelta(days=2))
    after = {place: _asked(folder, place) for place in (*moved, *still)}
    assert {place: after[place] for place in moved} == {place: _told(places[place].after) for place in moved}
    assert {place: after[place] for place in still} == {place: before[place] for place in still}
    assert {one.source: one.after for one in again.sources} == {name: _held(folder, name) for name in again.names}
    assert sum(one.rows for one in again.sources) == done.received


def test_what_reads_no_source_by_other_rules_tries_nothing(folder: Path) -> None:
    _target(folder, random.Random(1))
    _edit(folder / "group/sources/erp-de.yaml", "title: ERP Germany", "title: the ERP of Germany")
    assert plan(open_project(folder)).again is None


def test_numbers_that_apply_brings_stay_apart_from_those_that_reading_again_brings(folder: Path) -> None:
    _target(folder, random.Random(2))
    alone = plan(open_project(folder)).numbers
    _amount(folder, random.Random(2))
    report = plan(open_project(folder))
    assert report.numbers == alone
    assert report.again is not None
    assert {one.metric for one in report.again.numbers} >= {"order-value"}
    assert "digital-order-ratio" not in {one.metric for one in report.again.numbers}
    without = plan(open_project(folder), again=False)
    assert without.again is None
    assert without.numbers == alone
    assert [one.source for one in without.taken] == ["erp-de"]


def test_a_delivery_that_is_gone_is_told(folder: Path) -> None:
    _amount(folder, random.Random(3))
    min((folder / "exports/erp-de").glob("AUFTRAG_*.csv")).unlink()
    assert [one.code for one in _again(folder).findings] == ["INT050"]


def test_a_plan_that_is_killed_in_its_clone_leaves_nothing_after_the_next_command(folder: Path) -> None:
    _amount(folder, random.Random(4))
    lake = _lake(folder)
    store = open_project(folder).store
    for phase in ("contract", "cube", "commit"):
        process = subprocess.run(
            [sys.executable, "-c", PLAN.replace("(sys.argv[1])", "(__import__('pathlib').Path(sys.argv[1]))"), str(folder)],
            env={**os.environ, "CHARTER_KILL_AT": phase}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert process.returncode == -signal.SIGKILL, process.stderr
        assert [place for place in store.temp.iterdir() if "-clone-" in place.name]
        number(open_project(folder), "order-count", "group", "2024-02")
        assert list(store.temp.iterdir()) == []
        assert _lake(folder) == lake


def test_maintenance_removes_a_clone_that_was_left(folder: Path) -> None:
    left = open_project(folder).store.temp / "1-clone-left"
    left.mkdir()
    (left / "catalog.sqlite").write_bytes(b"x")
    maintain(open_project(folder))
    assert not left.exists()


def test_a_plan_sees_one_snapshot_while_another_process_writes(folder: Path) -> None:
    _amount(folder, random.Random(5))
    alone = _again(folder)
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        meanwhile = _again(folder)
        writer.communicate("\n")
    assert (meanwhile.sources, meanwhile.numbers) == (alone.sources, alone.numbers)


def test_without_room_the_plan_says_so_and_what_else_there_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _target(folder, random.Random(6))
    _amount(folder, random.Random(6))
    monkeypatch.setattr("charter.warehouse.clone.shutil.disk_usage", lambda place: Usage(1000))
    report = plan(open_project(folder))
    assert report.numbers
    assert report.again is not None
    assert report.again.problem is not None
    assert report.again.problem.code == "WHS020"
    assert "--no-again" in str(report.again.problem)
    assert report.as_dict()["again"]["problem"]["code"] == "WHS020"


def test_without_hard_links_files_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _amount(folder, random.Random(7))
    linked = _again(folder)

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "not permitted", str(source), None, str(target))

    monkeypatch.setattr("charter.warehouse.clone.os.link", refuse)
    lake = _lake(folder)
    assert _again(folder) == linked
    assert _lake(folder) == lake
