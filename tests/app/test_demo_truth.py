"""The demo group from its exports to its numbers, against the truth that the simulation wrote beside them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app.whole import everything
from tests.nordfrost.group import write_demo

from charter.app.feeds import Asking
from charter.app.project import Project, open_project
from charter.app.run import RunReport, run
from charter.performance.number import number
from charter.values.period import Period
from charter.warehouse.lake import grain_violations
from charter.warehouse.opening import open_reader
from charter.warehouse.tables import TABLES

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "group"
    write_demo(folder, seed=11, orders=1500, months=6)
    return folder


@pytest.fixture(scope="module")
def taken(made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, RunReport]:
    folder = tmp_path_factory.mktemp("taken") / "group"
    shutil.copytree(made, folder)
    project = open_project(folder)
    return project, run(project, at=AT)


def test_each_account_balances_and_what_was_broken_on_purpose_is_held(taken: tuple[Project, RunReport]) -> None:
    project, report = taken
    assert report.accounts and all(line.balances for line in report.accounts)
    assert not report.refused
    planted = json.loads((project.root / "truth.json").read_text())["planted"]
    assert planted["broken_rows"] > 0
    assert report.quarantined == planted["broken_rows"]
    assert (
        sum(line.unchanged for line in report.accounts) + sum(line.superseded for line in report.accounts)
        <= planted["repeated_rows"]
    )


def test_ratio_and_order_time_are_the_truth_in_every_market_and_month(taken: tuple[Project, RunReport]) -> None:
    project, _ = taken
    cells = json.loads((project.root / "truth.json").read_text())["cells"]
    model = project.model(AT.date())
    wrong = []
    with project.reading() as lake:
        asking = {scope: Asking(project, lake, model, scope, AT, None) for scope in {key.split()[0] for key in cells}}
        for key, cell in cells.items():
            scope, month = key.split()
            ratio, aot = (
                number(lake, model, name, scope, Period.parse(month), asked=asking[scope].about(name), beside=False)
                for name in ("digital-order-ratio", "average-order-time")
            )
            times = aot.figure.times["total"]
            ours = (ratio.numerator, ratio.denominator, times.n, times.total, times.p50, times.p90)
            theirs = tuple(cell[name] for name in ("digital", "orders", "aot_n", "aot_sum", "aot_p50", "aot_p90"))
            if ours != theirs:
                wrong.append((key, ours, theirs))
    assert len(cells) >= 24
    assert wrong == []


def test_no_grain_stands_twice(taken: tuple[Project, RunReport]) -> None:
    project, _ = taken
    with open_reader(project.store) as lake:
        assert {name: n for name in TABLES if (n := grain_violations(lake, name))} == {}


def test_a_second_run_takes_nothing_in_and_changes_nothing(taken: tuple[Project, RunReport], tmp_path: Path) -> None:
    before = everything(taken[0])
    shutil.copytree(taken[0].root, tmp_path / "group")
    project = open_project(tmp_path / "group")
    again = run(project, at=AT)
    assert again.accounts == ()
    assert everything(project) == before
