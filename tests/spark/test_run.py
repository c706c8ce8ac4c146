"""`engine: spark` in a workspace: facts are committed, then counted; whoever reads in between sees the state before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.app.whole import is_whole
from tests.spark.world import cube, write_demo

from charter.app.doctor_cube import cube_of_lake
from charter.app.feeds import Asking
from charter.app.maintain import maintain
from charter.app.number import number_as_dict
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.errors import CharterError
from charter.performance.due import count_due
from charter.performance.metric import metric_names
from charter.performance.number import number
from charter.values.period import Period
from charter.warehouse.opening import open_reader, open_writer
from charter.warehouse.spark.session import java

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
MONTH = Period.parse("2024-01")
KEPT = ("average-order-time", "digital-customer-share", "digital-order-ratio", "order-count", "order-value", "time-to-resolution")
LATE = "exports/erp-north/orders_2024-02.tsv"
ENGINE = (
    "  engine: spark\n  spark:\n    master: local[2]\n    memory: 1g\n    partitions: 2\n"
    "    options: {spark.sql.adaptive.enabled: 'false', spark.sql.codegen.wholeStage: 'false'}\n"
)
SCRIPT = (
    "from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; "
    "from charter.app.run import run; run(open_project(Path('group')), at=datetime(2026, 1, 15, 12, tzinfo=UTC))"
)
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def small(folder: Path) -> Path:
    """A small demo of a metric of each kind, with one delivery that has not come yet."""
    write_demo(folder, seed=5, orders=60, months=2)
    for place in (folder / "group/metrics").iterdir():
        if place.stem not in KEPT:
            place.unlink()
    owners = folder / "group/organisation/owners.csv"
    rows = [line for line in owners.read_text().splitlines() if not line.startswith("Metric:") or line[7:].split(",")[0] in KEPT]
    owners.write_text("\n".join(rows) + "\n")
    (folder / LATE).rename(folder.parent / "late.tsv")
    return folder


def by_spark(folder: Path) -> Project:
    text = (folder / "charter.yaml").read_text().rstrip()
    (folder / "charter.yaml").write_text(f"{text}\n{ENGINE}")
    return open_project(folder)


def seen(project: Project) -> tuple[dict[str, list[tuple[str, ...]]], str]:
    """All that a reader sees: the facts' counts and the cube, and every number of a month as JSON."""
    model = project.model(AT.date())
    with open_reader(project.store) as lake:
        asking = Asking(project, lake, model, "group", AT, None)
        told = {
            name: number_as_dict(number(lake, model, name, "group", MONTH, asked=asking.about(name)))
            for name in metric_names(model)
        }
        facts = lake.rows(f"SELECT count(*), sum(net_amount) FROM {lake.table('fact_order')}")
        for one in told.values():
            one["passport"].pop("model")  # the hash of the documents, of which one says `engine: spark`
        return {**cube(lake), "facts": [tuple(map(str, facts[0]))]}, json.dumps(told, sort_keys=True, default=str)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A folder that DuckDB took in, without the late delivery; what a reader sees, and what after it has come."""
    folder = small(tmp_path_factory.mktemp("duckdb") / "group")
    run(open_project(folder), at=AT)
    other = _arrived(Path(shutil.copytree(folder, tmp_path_factory.mktemp("later") / "group")), folder.parent / "late.tsv")
    run(open_project(other), at=AT)
    return {
        "folder": folder, "late": folder.parent / "late.tsv", "before": seen(open_project(folder)), "after": seen(open_project(other))
    }  # fmt: skip


def _arrived(folder: Path, late: Path) -> Path:
    shutil.copy(late, folder / LATE)
    return folder


@pytest.fixture
def killed(plain: dict[str, Any], tmp_path: Path) -> Path:
    """A folder of `engine: spark` whose run of the late delivery was killed between the commit of the facts and the count."""
    pytest.importorskip("pyspark", reason="the extra charter[spark] is not installed")
    if java() is None:
        pytest.skip("there is no Java here, and Spark needs one")
    folder = _arrived(Path(shutil.copytree(plain["folder"], tmp_path / "group")), plain["late"])
    by_spark(folder)
    environment = {**UNMEASURED, "CHARTER_KILL_AT": "count:1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    return folder


def test_what_was_not_counted_yet_is_seen_by_nobody(plain: dict[str, Any], killed: Path) -> None:
    project = open_project(killed)
    assert seen(project) == plain["before"]
    is_whole(project)
    with open_writer(project.store, holder="test") as lake:
        due = count_due(lake)
        assert due > 0
        assert lake.rows(f"SELECT count(*) FROM {lake.table('fact_order')}")[0][0] > int(plain["before"][0]["facts"][0][0])
    told = cube_of_lake(project)
    assert (f"{due:,} cells and cases are due" in told.found, "`charter run`" in told.mend) == (True, True)


def test_what_is_due_is_counted_by_the_next_run_of_duckdb_without_a_new_delivery(plain: dict[str, Any], killed: Path) -> None:
    path = killed / "charter.yaml"
    path.write_text(path.read_text().replace("engine: spark", "engine: duckdb"))
    run(open_project(killed), at=AT)
    assert seen(open_project(killed)) == plain["after"]
    maintain(open_project(killed), at=AT, keep_days=0)
    assert seen(open_project(killed)) == plain["after"]


def test_what_is_due_is_counted_by_the_next_run_of_spark_which_starts_none_when_nothing_is(
    plain: dict[str, Any], killed: Path
) -> None:
    phases: list[str] = []
    run(open_project(killed), at=AT, on_phase=phases.append)
    assert seen(open_project(killed)) == plain["after"]
    assert phases.count("count") == 1
    run(open_project(killed), at=AT, on_phase=phases.append)
    assert phases.count("count") == 1


def test_maintenance_waits_until_facts_and_cube_are_of_one_state(plain: dict[str, Any], killed: Path) -> None:
    with pytest.raises(CharterError) as caught:
        maintain(open_project(killed), at=AT, keep_days=0)
    assert caught.value.code == "APP062"
    assert seen(open_project(killed)) == plain["before"]


def test_a_first_run_by_spark_gives_the_cube_and_the_numbers_of_a_run_by_duckdb(plain: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra charter[spark] is not installed")
    if java() is None:
        pytest.skip("there is no Java here, and Spark needs one")
    project = by_spark(small(tmp_path / "group"))
    run(project, at=AT)
    assert seen(project) == plain["before"]
    assert all(plain["before"][0][table] for table in ("cube_value", "cube_duration", "cube_member", "fact_case"))


def test_a_reader_is_told_where_the_snapshot_before_is_gone(plain: dict[str, Any], tmp_path: Path) -> None:
    project = open_project(Path(shutil.copytree(plain["folder"], tmp_path / "group")))
    with open_writer(project.store, holder="test") as lake:
        lake.insert("cube_due", ("since", "fact", "scope"), [[9999, "fact_order", "group"]])
    with pytest.raises(CharterError) as caught, open_reader(project.store):
        pass
    assert caught.value.code == "WHS035" and "9999" in caught.value.message


def test_a_lake_of_before_this_table_is_read_as_it_is(plain: dict[str, Any], tmp_path: Path) -> None:
    project = open_project(Path(shutil.copytree(plain["folder"], tmp_path / "group")))
    with open_writer(project.store, holder="test") as lake:
        lake.execute("DROP TABLE lake.main.cube_due")
    assert seen(project) == plain["before"]


def test_without_pyspark_nothing_is_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = by_spark(small(tmp_path / "group"))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(CharterError) as caught:
        run(project, at=AT)
    assert caught.value.code == "WHS030" and "charter-b2b[spark]" in str(caught.value)
    assert not project.store.catalog.exists()


def test_without_java_nothing_is_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="the extra charter[spark] is not installed")
    project = by_spark(small(tmp_path / "group"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CharterError) as caught:
        run(project, at=AT)
    assert caught.value.code == "WHS031" and "java" in caught.value.message
    assert not project.store.catalog.exists()


def test_an_engine_that_there_is_not_is_told_with_its_place(tmp_path: Path) -> None:
    folder = small(tmp_path / "group")
    (folder / "charter.yaml").write_text((folder / "charter.yaml").read_text().rstrip() + "\n  engine: sparc\n")
    told = [str(one.message) for one in open_project(folder).workspace.findings if one.code == "MOD002"]
    assert any("sparc" in one and "duckdb" in one for one in told), told
