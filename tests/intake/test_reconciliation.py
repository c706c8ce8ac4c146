"""What a source says of itself beside what was taken in: the difference by reason, on rows counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.warehouse.opening import open_reader

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: lines
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: pos, logicalType: integer, required: true}
      - {name: day, logicalType: date, required: true}
      - {name: item, logicalType: string, required: true}
      - {name: qty, logicalType: integer, required: true}
      - {name: net, logicalType: number, required: true}
  - name: totals
    logicalType: object
    properties:
      - {name: month, logicalType: string, required: true}
      - {name: measure, logicalType: string, required: true}
      - {name: value, logicalType: number, required: true}
"""
SOURCE = """
apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  scope: branch/berlin
  connection: {type: files}
  entities:
    - id: lines
      files: ["../../exports/lines_*.csv"]
      contract: DataContract:orders
      object: lines
      key: [no, pos]
      exclude: [{reason: postage, when: "item = 'POST'"}]
      value: net
      day: day
      targets:
        order: {document: no, ordered_on: day, net_amount: net, currency: "'EUR'", commit_class: "'C1'", confirmed: "true", eligible: "true"}
    - id: totals
      files: ["../../exports/totals.csv"]
      contract: DataContract:orders
      object: totals
      key: [month, measure]
      targets:
        control_total: {entity: "'lines'", scope: "'market/de'", month: "cast(month || '-01' as date)", measure: measure, value: value}
"""
# June: order 1 whole; order 2 with one line of postage; order 3 held for its quantity; order 4 is in no file.
JUNE = """no,pos,day,item,qty,net
1,1,2024-06-03,A,1,10.00
1,2,2024-06-03,B,2,20.00
2,1,2024-06-04,A,1,40.00
2,2,2024-06-04,POST,1,5.00
3,1,2024-06-05,A,one,80.00
"""
TOTALS = """month,measure,value
2024-06,orders,4
2024-06,lines,6
2024-06,net_amount,315.00
"""
Row = tuple[str, Decimal, Decimal, Decimal, Decimal, Decimal]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    init(tmp_path / "shop", name="shop", currency="EUR", time_zone="Europe/Berlin")
    folder = tmp_path / "shop"
    for name, text in (
        ("group/contracts/orders.odcs.yaml", CONTRACT),
        ("group/sources/erp.yaml", SOURCE),
        ("exports/lines_06.csv", JUNE),
        ("exports/totals.csv", TOTALS),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def reconciled(project: Project) -> dict[str, tuple[Decimal, ...]]:
    columns = "scope, month, measure, theirs, ours, quarantined, excluded, unexplained"
    with open_reader(project.store) as lake:
        rows: list[Any] = lake.rows(f"SELECT {columns} FROM {lake.table('reconciliation')}")
    assert {(scope, month) for scope, month, *_ in rows} == {("market/de", date(2024, 6, 1))}
    return {measure: tuple(values) for _, _, measure, *values in rows}


def figures(*values: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def test_a_difference_to_the_sources_own_total_is_told_by_reason(place: Path) -> None:
    project = open_project(place)
    assert all(line.balances for line in run(project, at=AT).accounts)
    assert reconciled(project) == {
        "orders": figures("4", "2", "1", "0", "1"),
        "lines": figures("6", "3", "1", "1", "1"),
        "net_amount": figures("315", "70", "80", "5", "160"),
    }


def test_rows_that_come_again_and_rows_that_come_mended_are_counted_once(place: Path) -> None:
    project = open_project(place)
    run(project, at=AT)
    again = JUNE.replace("one", "1").replace("5.00\n", "5.00\n4,1,2024-06-06,A,2,160.00\n", 1)
    (place / "exports" / "lines_07.csv").write_text(again)
    run(project, at=AT)
    assert reconciled(project) == {
        "orders": figures("4", "4", "0", "0", "0"),
        "lines": figures("6", "5", "0", "1", "0"),
        "net_amount": figures("315", "310", "0", "5", "0"),
    }


def held(project: Project) -> list[tuple[Any, ...]]:
    with open_reader(project.store) as lake:
        return lake.rows(
            "SELECT entity, scope, data_from, data_to, currency, documents, rows, net_amount "
            f"FROM {lake.table('held')} ORDER BY data_from, data_to"
        )


def test_what_is_held_is_told_by_place_and_day_until_it_comes_mended(place: Path) -> None:
    # Of order 1 a third line is held; order 5's day cannot be read, its file tells of 2024-06-03 to 2024-06-30.
    rows = "1,3,2024-06-03,C,one,7.00\n5,1,someday,A,1,9.00\n6,1,2024-06-30,A,1,1.00\n"
    (place / "exports" / "lines_06.csv").write_text(JUNE + rows)
    project = open_project(place)
    run(project, at=AT)
    first, third, fifth, last = (date(2024, 6, day) for day in (3, 3, 5, 30))
    assert held(project) == [
        ("lines", "branch/berlin", first, third, "EUR", 0, 1, Decimal(7)),
        ("lines", "branch/berlin", first, last, "EUR", 1, 1, Decimal(9)),
        ("lines", "branch/berlin", fifth, fifth, "EUR", 1, 1, Decimal(80)),
    ]
    (place / "exports" / "lines_07.csv").write_text((JUNE + rows).replace("one", "1"))
    run(project, at=AT)
    assert held(project) == [("lines", "branch/berlin", first, last, "EUR", 1, 1, Decimal(9))]


def test_what_is_held_lies_on_the_branchs_day_as_what_was_taken_in_does(place: Path) -> None:
    """Instants in UTC, a branch in Berlin: of two rows that are held, the one just before midnight in UTC is June's there."""
    for name, changes in (
        ("contracts/orders.odcs.yaml", (("{name: day, logicalType: date,", "{name: day, logicalType: timestamp,"),)),
        ("sources/erp.yaml", (("ordered_on: day,", "confirmed_at: day,"),)),
    ):
        text = (place / "group" / name).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (place / "group" / name).write_text(text)
    (place / "exports" / "lines_06.csv").write_text(
        "no,pos,day,item,qty,net\n"
        "1,1,2024-05-31 21:59:59,A,1,1.00\n2,1,2024-05-31 22:00:00,A,1,10.00\n3,1,2024-05-31 22:30:00,A,one,20.00\n"
        "4,1,2024-06-30 22:30:00,A,one,40.00\n5,1,2024-06-30 21:59:59,A,1,80.00\n6,1,2024-06-30 22:00:00,POST,1,160.00\n"
    )
    (place / "exports" / "totals.csv").write_text("month,measure,value\n2024-06,orders,3\n2024-06,net_amount,110.00\n")
    run(open_project(place), at=AT)
    found = reconciled(open_project(place))
    assert found["orders"] == figures("3", "2", "1", "0", "0")
    assert found["net_amount"] == figures("110", "90", "20", "0", "0")
