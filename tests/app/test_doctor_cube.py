"""Doctor tells that the cube is due, why, and by which command it comes up."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.nordfrost.group import write_demo

from charter.app.doctor import examine
from charter.app.doctor_cube import cube_of_lake
from charter.app.examined import Examined
from charter.app.number import number
from charter.app.project import open_project
from charter.app.run import run
from charter.cli.main import application
from charter.errors import CharterError
from charter.performance.metric import metric_names
from charter.warehouse.opening import open_writer

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
METRIC = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: field-orders}
spec:
  definition:
    fact: fact_order
    filter: "eligible and confirmed"
    day: ordered_on
    scope: selling_scope
    numerator: "count(*) filter (where touchpoint = 'field')"
    denominator: "count(*)"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor") / "group"
    write_demo(folder, seed=5, orders=200, months=2)
    run(open_project(folder), at=AT)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


def looked(folder: Path) -> Examined:
    """What doctor says of the cube, where nothing else stops it from looking."""
    [found] = [one for one in examine(folder) if one.what == "cube"]
    assert found == cube_of_lake(open_project(folder))
    return found


def is_up(folder: Path) -> bool:
    found = looked(folder)
    return found.ok and not found.mend and found.found.endswith(" series, built by the documents in force")


def test_after_a_run_nothing_is_due(folder: Path) -> None:
    assert is_up(folder)
    run(open_project(folder), at=AT)
    assert is_up(folder)


def refused(folder: Path) -> list[str]:
    """The metrics that have no answer until a run has built them: those that share what the new one counts as well."""
    found = []
    for name in metric_names(open_project(folder).model(AT.date())):
        try:
            number(open_project(folder), name, "group", "2024-01")
        except CharterError as error:
            assert error.code == "PRF015"
            found.append(name)
    return found


def test_what_is_not_in_the_cube_as_now_defined_is_named_until_a_run_has_built_it(folder: Path) -> None:
    (folder / "group/metrics/field-orders.yaml").write_text(METRIC)
    names = sorted(refused(folder))
    assert "field-orders" in names and len(names) > 5
    told = f"built by other documents: not in it, as now defined, {', '.join(names[:5])} (and {len(names) - 5} more)"
    assert looked(folder) == Examined("cube", True, told, "`charter run` builds what changed, also without a new delivery")
    run(open_project(folder), at=AT)
    assert is_up(folder) and refused(folder) == []


def test_a_branch_that_moved_is_due_as_well(folder: Path) -> None:
    place = folder / "group/organisation/scopes.csv"
    lines = place.read_text().splitlines()
    parts = next(line for line in lines if line.startswith("branch/malmo,")).split(",")
    moved = ",".join([parts[0], "market/de", *parts[2:]])
    place.write_text("\n".join(moved if line.startswith("branch/malmo,") else line for line in lines) + "\n")
    assert looked(folder).found == "built by other documents: the organisation, a calendar or what a metric counts changed since"
    run(open_project(folder), at=AT)
    assert is_up(folder)


def test_a_target_is_no_definition(folder: Path) -> None:
    place = folder / "markets/se/targets.yaml"
    place.write_text(f"{place.read_text()}# a word\n")
    assert is_up(folder)


def test_facts_that_were_not_counted_yet_are_told_though_readers_do_not_see_them(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is left where Spark is killed between the commit of the facts and the count."""
    project = open_project(folder)
    with open_writer(project.store, holder="test") as lake:
        before = lake.snapshot()
        rows = [[before, "fact_order", "branch/malmo", "2024-01-15"], [before, "fact_order", "branch/malmo", "2024-01-16"]]
        lake.insert("cube_due", ("since", "fact", "scope", "day"), rows)
    with project.reading() as lake:
        assert lake.snapshot() == before
    assert looked(folder) == Examined(
        "cube", True, "behind the facts: 2 cells and cases are due; readers stand at the snapshot before",
        "`charter run` counts them, also without a new delivery",
    )  # fmt: skip
    application()(["doctor", "-w", str(folder)], standalone_mode=False)
    assert "`charter run` counts them, also without a new delivery" in capfd.readouterr().out
    run(project, at=AT)
    assert is_up(folder)
