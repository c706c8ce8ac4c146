"""The measure of truth on a small group, and that it can fail."""

from __future__ import annotations

import pytest
from prove.truth import AT, compare, find, passed

from charter.app.project import open_project
from charter.app.run import run
from charter.demo.group import Demo, write_demo
from charter.demo.truth import Cells, compute
from charter.demo.world import Size

SIZE = Size(branches=8, countries=6, months=8, orders=4000, seed=7)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Cells]:
    demo = write_demo(tmp_path_factory.mktemp("truth") / "group", SIZE)
    report = run(open_project(demo.folder), at=AT)
    assert all(line.balances for line in report.accounts)
    assert not report.refused
    return demo, compute(demo.world, demo.planted)


def test_every_number_is_the_truth_in_every_market_and_month(taken: tuple[Demo, Cells]) -> None:
    demo, cells = taken
    kpis = compare(open_project(demo.folder), demo, cells)
    assert len(kpis) >= 23
    assert {kpi.name: kpi.differing for kpi in kpis if kpi.differing} == {}
    assert all(kpi.compared >= 40 for kpi in kpis)


def test_the_ledger_is_taken_in_to_the_last_line_and_most_of_it_names_an_order_that_is_known(taken: tuple[Demo, Cells]) -> None:
    demo, _ = taken
    project = open_project(demo.folder)
    with project.reading() as lake:
        rows = lake.rows(f"SELECT measure, theirs, ours FROM {lake.table('reconciliation')} WHERE source = 'ledger'")
        lines = lake.rows(
            f"SELECT count(*), count(root_key), count(*) FILTER (kind = 'credit_note') FROM {lake.table('fact_invoice_line')}"
        )
    assert {row[0] for row in rows} == {"invoices", "lines", "net_amount"}
    assert [row for row in rows if row[1] != row[2]] == []
    every, named, credits = lines[0]
    assert every > 5000
    assert 0.9 < named / every < 1
    assert 20 < credits < every / 20


def test_a_falsified_truth_is_told(taken: tuple[Demo, Cells]) -> None:
    demo, cells = taken
    key = ("digital-order-ratio", "market/de", "2023-05")
    top, below = cells[key]
    kpis = compare(open_project(demo.folder), demo, cells | {key: [top + 1, below]})
    assert [(kpi.name, len(kpi.differing)) for kpi in kpis if kpi.differing] == [("digital-order-ratio", 1)]
    assert not passed({7: (kpis, [])})


def test_what_was_planted_is_found(taken: tuple[Demo, Cells]) -> None:
    """The last one: it merges accounts, and then customers are counted otherwise."""
    demo, _ = taken
    found = find(open_project(demo.folder), demo)
    assert [one for one in found if not one.passed] == []
