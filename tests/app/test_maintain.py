"""The lake is kept small, and nothing is lost by it: not by a kill, a full disk, an open reader or a table that came out other."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.app.whole import everything, is_whole
from tests.nordfrost.group import write_demo

from charter.app.doctor import examine
from charter.app.examined import Examined
from charter.app.maintain import maintain
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.cli.main import application
from charter.errors import UnavailableError, UsageError
from charter.warehouse import inventory
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader, open_writer

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
NONE = timedelta(0)
SMALL = 12
SCRIPT = """
import resource, sys
from pathlib import Path
from charter.app.maintain import maintain
from charter.app.project import open_project
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
maintain(open_project(Path(sys.argv[1])), keep_days=0)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group that was taken in, and then small commits of rows that are added and taken away again."""
    folder = tmp_path_factory.mktemp("upkeep") / "group"
    write_demo(folder, seed=5, orders=60, months=2)
    project = open_project(folder)
    run(project, at=AT)
    with open_writer(project.store, holder="test") as lake:
        for number in range(SMALL):
            with lake.transaction():
                lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [[f"b{number}", "x", 1], [f"b{number}", "y", 2]])
                lake.execute(f"DELETE FROM {lake.table('batch_exclusion')} WHERE batch_id = 'b{number - 1}' AND reason = 'y'")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


@pytest.fixture
def project(folder: Path) -> Project:
    return open_project(folder)


def most_files(project: Project) -> int:
    with open_reader(project.store) as lake:
        return max(one.count for one in inventory.by_table(inventory.named(lake)).values())


def on_disk(project: Project) -> dict[str, str]:
    """Every Parquet file with a hash of its bytes."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in project.store.data.rglob("*.parquet")}


def test_each_table_lies_in_one_file_and_holds_what_it_held(project: Project) -> None:
    before = everything(project)
    assert most_files(project) > SMALL
    report = maintain(project, keep_days=0)
    assert everything(project) == before
    is_whole(project)
    assert most_files(project) == 1
    with open_reader(project.store) as lake:
        known = inventory.named(lake)
    assert len(on_disk(project)) == len(known) == sum(one.files_after for one in report.tables)
    assert (report.snapshots_after, report.readers_open, report.compared) == (1, False, len(before))
    assert report.disk_after < report.disk_before
    assert sorted(path.name for path in project.store.folder.glob("*maintain*")) == []
    with open_reader(project.store) as lake:
        newest = lake.snapshot()
    again = maintain(project, keep_days=0)
    assert (again.old_files, again.expired, again.orphans) == (0, 0, ())
    with open_reader(project.store) as lake:
        assert lake.snapshot() == newest


def test_young_snapshots_stay_readable(project: Project) -> None:
    with open_reader(project.store) as lake:
        newest = lake.snapshot()
        asked = f"SELECT count(*), sum(rows) FROM {lake.table('batch_exclusion')} AT (VERSION => {{}})"
        before = [lake.rows(asked.format(at)) for at in range(newest - SMALL, newest + 1)]
    report = maintain(project)
    assert (report.expired, most_files(project)) == (0, 1)
    with open_reader(project.store) as lake:
        assert [lake.rows(asked.format(at)) for at in range(newest - SMALL, newest + 1)] == before


def test_a_dry_run_tells_what_would_be_done_and_changes_nothing(project: Project) -> None:
    orphan, left = project.store.data / "main" / "batch" / "old.parquet", project.store.temp / "old.copy.csv"
    for path in (orphan, left):
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    disk, catalog = on_disk(project), project.store.catalog.read_bytes()
    told = maintain(project, keep_days=0, dry_run=True)
    assert (on_disk(project), project.store.catalog.read_bytes(), left.exists()) == (disk, catalog, True)
    assert (told.orphans, told.leftovers, told.dry_run) == (("main/batch/old.parquet",), 1, True)
    done = maintain(project, keep_days=0)
    assert [(one.table, one.files_before, one.files_after) for one in told.tables] == [
        (one.table, one.files_before, one.files_after) for one in done.tables
    ]
    assert (done.orphans, done.leftovers, orphan.exists(), left.exists()) == (told.orphans, 1, False, False)
    assert told.expired == told.snapshots_before - 1


def test_what_is_young_may_be_somebodys_and_stays(project: Project) -> None:
    orphan, left = project.store.data / "main" / "batch" / "new.parquet", project.store.temp / "new.copy.csv"
    for path in (orphan, left):
        path.write_bytes(b"x")
    report = maintain(project, keep_days=0)
    assert (report.orphans, report.leftovers, orphan.exists(), left.exists()) == ((), 0, True, True)


def test_a_reader_that_is_open_all_the_while_sees_what_it_saw(project: Project) -> None:
    script = """
import sys
from pathlib import Path
from charter.warehouse.content import content
from charter.warehouse.opening import open_reader
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES
with open_reader(Store(Path(sys.argv[1]))) as lake:
    lake._known = None  # each look asks anew
    look = lambda: [content(lake, name) for name in TABLES]
    first = look()
    print("open", flush=True)
    sys.stdin.readline()
    print(look() == first, flush=True)
"""
    command = [sys.executable, "-c", script, str(project.store.folder)]
    before = everything(project)
    with subprocess.Popen(command, env=UNMEASURED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        report = maintain(project, keep_days=0, readers_seconds=0.2)
        assert (report.readers_open, report.expired, report.old_files) == (True, 0, 0)
        assert most_files(project) > 1
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "True\n"
    report = maintain(project, keep_days=0)
    assert (report.readers_open, report.snapshots_after, most_files(project)) == (False, 1, 1)
    assert everything(project) == before


def test_readers_that_open_meanwhile_wait_and_see_whole_tables(project: Project) -> None:
    before = everything(project)
    command = [sys.executable, "-c", SCRIPT, str(project.root)]
    with subprocess.Popen(command, env=UNMEASURED) as maintenance:
        while maintenance.poll() is None:
            assert everything(project) == before
    assert maintenance.returncode == 0
    assert everything(project) == before


@pytest.mark.parametrize("phase", ["rewrite", "merge:3", "expire", "expired", "compare", "delete", "orphans", "deleted"])
def test_a_maintenance_that_is_killed_leaves_a_whole_lake_and_the_next_one_ends_the_work(phase: str, folder: Path) -> None:
    project = open_project(folder)
    before = everything(project)
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    killed = subprocess.run(command, env={**UNMEASURED, "CHARTER_KILL_AT": phase}, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert everything(project) == before
    is_whole(project)
    maintain(project, keep_days=0, young=NONE, at=datetime(2100, 1, 1, tzinfo=UTC))
    assert everything(project) == before
    assert most_files(project) == 1
    with open_reader(project.store) as lake:
        assert len(on_disk(project)) == len(inventory.named(lake))
    assert list(project.store.folder.glob("*maintain*")) == []


def test_a_full_disk_ends_it_with_nothing_lost(folder: Path) -> None:
    project = open_project(folder)
    before = everything(project)
    command = [sys.executable, "-c", SCRIPT, str(folder), "3000"]
    full = subprocess.run(command, env=UNMEASURED, capture_output=True, text=True, check=False)
    assert full.returncode == 1 and "WHS004" in full.stderr, full.stderr
    assert everything(project) == before
    maintain(project, keep_days=0)
    assert everything(project) == before and most_files(project) == 1


def gone(project: Project) -> None:
    """A writer that took no lock, as nothing of the house does."""
    script = """
import sys
from pathlib import Path
from charter.warehouse.opening import open_held
from charter.warehouse.store import Store
with open_held(Store(Path(sys.argv[1]))) as lake:
    lake.execute(f"DELETE FROM {lake.table('batch_exclusion')} WHERE batch_id = 'b3'")
"""
    subprocess.run([sys.executable, "-c", script, str(project.store.folder)], env=UNMEASURED, check=True)


def test_a_table_that_came_out_other_is_named_and_the_lake_put_back(project: Project) -> None:
    before, disk = everything(project), on_disk(project)
    with pytest.raises(UnavailableError) as told:
        maintain(project, keep_days=0, on_phase=lambda phase: gone(project) if phase == "expire" else None)
    rows = SMALL + 1
    assert str(told.value).startswith(
        f"error WHS014 maintenance changed what the lake holds: batch_exclusion held {rows} rows and holds {rows - 1}; "
        "the lake was put back as it was, no file was deleted"
    )
    assert everything(project) == before
    assert disk.items() <= on_disk(project).items()
    maintain(project, keep_days=0)
    assert everything(project) == before


def test_a_watched_fact_that_moved_is_named_and_the_lake_put_back(project: Project) -> None:
    counts = iter((7, 8))

    def watch(_: Project, lake: Lake) -> Mapping[str, object]:
        return {"closed order-count 2024-01": next(counts), "snapshots": lake.one("SELECT 1")}

    before = everything(project)
    with pytest.raises(UnavailableError, match=r"WHS014 .*: closed order-count 2024-01 was 7, is 8; the lake was put back"):
        maintain(project, keep_days=0, watches=[watch])
    assert everything(project) == before


@pytest.mark.parametrize("committed_since", [False, True])
def test_what_a_killed_maintenance_left_is_judged_by_what_it_had_recorded(folder: Path, committed_since: bool) -> None:
    project = open_project(folder)
    before = everything(project)
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    subprocess.run(command, env={**UNMEASURED, "CHARTER_KILL_AT": "compare"}, capture_output=True, check=False)
    record = project.store.folder / "maintain.json"
    told = json.loads(record.read_text())
    told["tables"]["batch_exclusion"]["total"] += 1
    record.write_text(json.dumps(told))
    found = next(one for one in examine(folder) if one.what == "left lying")
    assert (found.ok, found.found, found.mend) == (True, "a maintenance was stopped", "`charter maintain`")
    if committed_since:
        with open_writer(project.store, holder="test") as lake:
            lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [["new", "x", 1]])
    code = "WHS015" if committed_since else "WHS014"
    with pytest.raises(UnavailableError, match=f"{code} .*: rows of batch_exclusion are others"):
        maintain(project, keep_days=0)
    assert record.exists() is committed_since
    if not committed_since:
        assert everything(project) == before
        maintain(project, keep_days=0)
        assert everything(project) == before


def test_there_must_be_a_lake_that_nobody_writes(project: Project, tmp_path: Path) -> None:
    write_demo(tmp_path / "new", seed=5, orders=60, months=2)
    with pytest.raises(UsageError, match="WHS002"):
        maintain(open_project(tmp_path / "new"))
    with pytest.raises(UsageError, match="APP030 --keep-days is -1"):
        maintain(project, keep_days=-1)
    with open_writer(project.store, holder="the nightly run"), pytest.raises(UnavailableError, match=r"WHS001 .*the nightly run"):
        maintain(project, wait_seconds=0)


def test_a_lake_that_lacks_a_file_is_left_as_it_is(project: Project) -> None:
    next((project.store.data / "main" / "fact_order").glob("*.parquet")).unlink()
    disk = on_disk(project)
    with pytest.raises(UnavailableError, match="WHS005"):
        maintain(project, keep_days=0)
    assert on_disk(project) == disk


def test_the_command_tells_and_gives_the_same_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def call(*words: str) -> str:
        application()(["maintain", *words, "-w", str(folder)], standalone_mode=False)
        return capfd.readouterr().out

    assert "nothing was changed" in call("--dry-run")
    told: dict[str, Any] = json.loads(call("--json"))
    assert {one["table"] for one in told["tables"]} >= {"fact_order", "batch"}
    assert told["compared"] >= 27
    text = call()
    assert text.startswith("each table lies in as few files as it can\n")
    assert f"{told['compared']} tables hold what they held" in text


def looked(folder: Path, what: str) -> Examined:
    return next(one for one in examine(folder) if one.what == what)


def test_doctor_names_files_that_are_missing_or_of_another_size(folder: Path) -> None:
    assert all(one.ok for one in examine(folder))
    place = next((open_project(folder).store.data / "main" / "fact_order").glob("*.parquet"))
    whole = place.read_bytes()
    place.write_bytes(whole + b"x")
    found = looked(folder, "files of the lake")
    assert (found.ok, found.found) == (False, f"main/fact_order/{place.name} has {len(whole) + 1:,} bytes and had {len(whole):,}")
    place.unlink()
    found = looked(folder, "files of the lake")
    assert found.found == f"main/fact_order/{place.name} is missing"
    assert found.mend.startswith("restore the whole folder of the lake from one backup")
    assert looked(folder, "lake").mend == "see below: its files"


def test_doctor_says_when_maintenance_is_due_and_what_lies_about(folder: Path) -> None:
    project = open_project(folder)
    with open_writer(project.store, holder="test") as lake:
        for number in range(101 - SMALL):
            lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), [[f"n{number}", "x", 1]])
    for path in (project.store.temp / "a.copy.csv", project.store.data / "main" / "o.parquet"):
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    count, lying = looked(folder, "files per table"), looked(folder, "left lying")
    assert (count.ok, count.mend) == (True, "`charter maintain`") and count.found.endswith("(batch_exclusion); that is many")
    assert (lying.ok, lying.mend) == (True, "`charter maintain`")
    assert lying.found == "1 file that no table knows; 1 leftover in its temporary folder (0.0 MB)"
    maintain(project)
    assert all(not one.mend for one in examine(folder))


def test_doctor_sees_a_clock_that_was_wrong_and_a_lake_that_a_newer_charter_made(folder: Path) -> None:
    project = open_project(folder)
    with open_writer(project.store, holder="test") as lake:
        lake.execute(f"UPDATE {lake.table('batch')} SET received_at = TIMESTAMPTZ '2199-01-01 00:00:00+00' WHERE entity = 'orders'")
        lake.execute("ALTER TABLE lake.main.batch ADD COLUMN tomorrow VARCHAR")
    clock, version = looked(folder, "clock"), looked(folder, "version of the lake")
    assert not clock.ok and clock.found.endswith("received in the future, up to 2199-01-01 00:00 UTC")
    assert (version.ok, version.found) == (False, "this Charter does not know batch.tomorrow")
