"""Totals are compared again only where a run touched: the result is what comparing all of them gives, and what is counted by hand."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.intake.declare import declared
from charter.intake.reconciliation import reconcile
from charter.model.ref import Ref
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader, open_writer

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
      - {name: ver, logicalType: integer, required: true}
      - {name: day, logicalType: date, required: true}
      - {name: place, logicalType: string, required: true}
      - {name: item, logicalType: string, required: true}
      - {name: qty, logicalType: integer, required: true}
      - {name: net, logicalType: number, required: true}
  - name: totals
    logicalType: object
    properties:
      - {name: scope, logicalType: string, required: true}
      - {name: month, logicalType: date, required: true}
      - {name: measure, logicalType: string, required: true}
      - {name: value, logicalType: number, required: true}
"""
SOURCE = """
apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  connection: {type: files}
  entities:
    - id: lines
      files: ["../../exports/lines_*.csv"]
      contract: DataContract:orders
      object: lines
      key: [no, pos]
      version: ver
      exclude: [{reason: postage, when: "item = 'POST'"}]
      value: net
      day: day
      targets:
        order: {document: no, ordered_on: day, selling_scope: place, net_amount: net, currency: "'EUR'", commit_class: "'C1'", confirmed: "true", eligible: "true"}
    - id: totals
      files: ["../../exports/totals_*.csv"]
      contract: DataContract:orders
      object: totals
      key: [scope, month, measure]
      targets:
        control_total: {entity: "'lines'", scope: scope, month: month, measure: measure, value: value}
"""
TREE = """scope,parent,from,to
market/de,group,,
market/fr,group,,
branch/one,market/de,,@
branch/two,market/de,,
branch/three,market/fr,,
"""
PLACES = ("branch/one", "branch/two", "branch/three", "market/de", "group")
SCOPES = ("group", "market/de", "market/fr", "branch/one")
# The last one is no calendar month: a source may count from the middle of one.
MONTHS = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 5, 1), date(2024, 6, 15))
MEASURES = ("orders", "lines", "net_amount")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    init(place, name="shop", currency="EUR", time_zone="Europe/Berlin")
    (place / "exports").mkdir(exist_ok=True)
    for old in place.rglob("scopes.*"):
        old.unlink()
    for name, text in (
        ("group/contracts/orders.odcs.yaml", CONTRACT),
        ("group/sources/erp.yaml", SOURCE),
        ("group/tree.yaml", "apiVersion: charter/v1\nkind: ScopeTable\nmetadata: {name: scopes}\nspec: {file: tree.csv}\n"),
        ("group/tree.csv", TREE.replace("@", "")),
        ("exports/totals_0.csv", totals(MONTHS[:3])),
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def totals(months: Sequence[date]) -> str:
    rows = [f"{scope},{month},{measure},{7 + n}" for n, month in enumerate(months) for scope in SCOPES for measure in MEASURES]
    return "\n".join(["scope,month,measure,value", *rows]) + "\n"


def lines(seed: random.Random, version: int, count: int = 40) -> str:
    """Rows of few orders, so that they meet: of several days and places, some held, some left out, some older than known."""
    rows = []
    for _ in range(count):
        day = date(2024, 1, 1) + timedelta(days=seed.randrange(210))
        quantity = "one" if seed.random() < 0.2 else "1"
        item = "POST" if seed.random() < 0.2 else "A"
        number = seed.randrange(15)
        told = day if seed.random() < 0.4 else date(2024, 1, 1) + timedelta(days=number * 13)
        place = seed.choice(PLACES) if seed.random() < 0.4 else PLACES[number % 5]
        rows.append(
            f"{number},{seed.randrange(3)},{version - seed.randrange(3)},{told},{place},{item},{quantity},{seed.randrange(1, 90)}.50"
        )
    return "\n".join(["no,pos,ver,day,place,item,qty,net", *rows]) + "\n"


def compared(lake: Lake) -> list[tuple[Any, ...]]:
    columns = "scope, month, measure, theirs, ours, quarantined, excluded, unexplained, compared_under"
    return lake.rows(f"SELECT {columns} FROM {lake.table('reconciliation')} ORDER BY ALL")


def whole(project: Project) -> list[tuple[Any, ...]]:
    """The same with all months compared anew."""
    source = declared(project.model(AT.date()), Ref("Source", "erp"), environment={}, scratch=project.store.temp)
    with open_writer(project.store, holder="test") as lake, lake.transaction():
        reconcile(lake, "erp", source.entities)
        return compared(lake)


def by_hand(lake: Lake) -> dict[tuple[str, date, str], dict[str, Decimal]]:
    """Counted row by row in Python, from the tables alone."""
    record, excluded, held = (lake.table(name) for name in ("order_record", "excluded_row", "quarantine_row"))
    stood = [("ours", *row) for row in lake.rows(f"SELECT document_key, selling_scope, ordered_on, net_amount FROM {record}")]
    stood += [("excluded", *row) for row in lake.rows(f"SELECT document_key, scope, data_on, value_amount FROM {excluded}")]
    known = {row[0] for row in lake.rows(f"SELECT row_key FROM {record}")}
    groups = defaultdict(list)
    for key, *row in lake.rows(f"SELECT row_key, document_key, scope, data_on, value_amount FROM {held} WHERE settled_by IS NULL"):
        if key not in known:
            groups[key].append(row)
    stood += [
        ("quarantined", *(min((one[at] for one in rows if one[at] is not None), default=None) for at in range(4)))
        for rows in groups.values()
    ]
    slices = lake.rows(f"SELECT scope, region, market, branch, valid_from, valid_to FROM {lake.table('dim_scope')}")

    def above(scope: str | None, day: date) -> set[str]:
        found = {"group", scope} if scope else {"group"}
        for name, *chain, begin, end in slices:
            if name == scope and (begin or date.min) <= day < (end or date.max):
                found |= {one for one in chain if one}
        return found

    told = {}
    for scope, month, measure in lake.rows(f"SELECT scope, month, measure FROM {lake.table('control_total')}"):
        following = (month.replace(day=1) + timedelta(days=32)).replace(day=month.day)
        inside = [row for row in stood if row[3] is not None and month <= row[3] < following and scope in above(row[2], row[3])]
        counts: dict[str, Decimal] = defaultdict(Decimal)
        if measure == "orders":
            for document in {row[1] for row in inside}:
                fates = {row[0] for row in inside if row[1] == document}
                counts[next(fate for fate in ("ours", "excluded", "quarantined") if fate in fates)] += 1
        for fate, _, _, _, amount in inside if measure != "orders" else ():
            counts[fate] += (amount or 0) if measure == "net_amount" else 1
        told[scope, month, measure] = {fate: counts[fate] for fate in ("ours", "quarantined", "excluded")}
    return told


@pytest.mark.parametrize("seed", range(6))
def test_months_compared_again_are_all_that_changed(seed: int, folder: Path) -> None:
    chance = random.Random(seed)
    for turn in range(7):
        # Few rows after the first turn: else each month is touched by some row or other.
        rows = lines(chance, turn + 3, 60 if turn == 0 else 3)
        (folder / "exports" / f"lines_{turn}.csv").write_text(rows)
        if turn == 2:  # totals of other months come, and of one month other ones
            (folder / "exports" / "totals_1.csv").write_text(totals((*MONTHS[3:], MONTHS[0])))
        if turn == 3:  # a branch goes to another market, also for what came before
            (folder / "group" / "tree.csv").write_text(TREE.replace("@", "2024-02-01") + "branch/one,market/fr,2024-02-01,\n")
        project = open_project(folder)
        assert all(line.balances for line in run(project, at=AT + timedelta(days=turn)).accounts)
        with open_reader(project.store) as lake:
            found, counted = compared(lake), by_hand(lake)
        assert {row[:3]: dict(zip(("ours", "quarantined", "excluded"), row[4:7], strict=True)) for row in found} == counted
        assert found == whole(project)


def test_a_run_that_brings_nothing_compares_nothing(folder: Path) -> None:
    (folder / "exports" / "lines_0.csv").write_text(lines(random.Random(1), 3))
    project = open_project(folder)
    run(project, at=AT)
    with open_writer(project.store, holder="test") as lake:
        lake.execute(f"UPDATE {lake.table('reconciliation')} SET ours = 77")
    run(project, at=AT + timedelta(days=1))
    with open_reader(project.store) as lake:
        assert {row[4] for row in compared(lake)} == {Decimal(77)}
