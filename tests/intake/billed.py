"""A group with an ERP of orders and invoices, a shop and a ledger: what is delivered, withdrawn, and what a line should take over."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shop import Shop

from charter.app.check import check
from charter.intake.again import Standing, forget_batches
from charter.intake.billing import bill
from charter.intake.declare import declared
from charter.intake.fold import fold
from charter.intake.take import pending, prepare, take
from charter.model.model import Model
from charter.model.ref import Ref
from charter.performance.measure import rebuild
from charter.warehouse.lake import Lake
from charter.warehouse.tables import TABLES
from plain_lake import PlainLake

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
ORDERS = ("no", "web", "day", "kind", "way", "net", "ver")
INVOICES = ("doc", "pos", "kind", "day", "order", "web", "net", "ver")
FILLED = ("root_key", "commit_class", "touchpoint", "order_type", "eligible", "ineligible_reason")
Row = tuple[str, ...]
Delivery = tuple[str, str, Sequence[Row]]
"""Source and entity as `erp/orders`, name of the file, rows."""

_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: web, logicalType: string}
      - {name: day, logicalType: date, required: true}
      - {name: kind, logicalType: string}
      - {name: way, logicalType: string}
      - {name: net, logicalType: number}
      - {name: ver, logicalType: integer, required: true}
  - name: invoices
    logicalType: object
    properties:
      - {name: doc, logicalType: string, required: true}
      - {name: pos, logicalType: integer, required: true}
      - {name: kind, logicalType: string}
      - {name: day, logicalType: date}
      - {name: order, logicalType: string}
      - {name: web, logicalType: string}
      - {name: net, logicalType: number}
      - {name: ver, logicalType: integer, required: true}
"""
_HEAD = "apiVersion: charter/v1\nkind: Source\nmetadata: {{name: {name}}}\nspec:\n  system: {name}\n  connection: {{type: files}}\n  entities:\n"
_ORDERS = """\
    - id: orders
      files: ["../../exports/{name}/orders/*.csv"]
      contract: DataContract:orders
      object: orders
      key: [no]
      version: ver
      value: net
      targets:
        order:
          document: no
          root: "{root}"
          is_origin: web is null
          ordered_on: day
          commit_class: way
          touchpoint: "'by ' || way"
          order_type: kind
          net_amount: net
          currency: "'EUR'"
          confirmed: "true"
          eligible: kind = 'standard'
          ineligible_reason: case when kind <> 'standard' then kind end
"""
_INVOICES = """\
    - id: invoices
      files: ["../../exports/{name}/invoices/*.csv"]
      contract: DataContract:orders
      object: invoices
      key: [doc, pos]
      version: ver
      value: net
      targets:
        invoice_line:
          document: doc
          line: pos
          kind: kind
          order: "'erp:' || order"
          origin: "'shop:' || web"
          invoiced_on: day
          net_amount: net
          currency: "'EUR'"
"""
_METRICS = "".join(
    f"apiVersion: charter/v1\nkind: Metric\nmetadata: {{name: {name}}}\nspec: {{standard: {standard}}}\n---\n"
    for name, standard in (
        ("invoiced-turnover", "invoiced-turnover@1"),
        ("digital-turnover-share", "digital-turnover-share@2"),
        ("shipped-share", "digital-turnover-share@1"),
    )
)


class House:
    """The group's workspace, taken in run by run into lakes in memory."""

    def __init__(self, folder: Path) -> None:
        roots = {"erp": "case when web is not null then 'shop:' || web else no end", "shop": "no"}
        sources = {name: _HEAD.format(name=name) + _ORDERS.format(name=name, root=root) for name, root in roots.items()}
        sources["erp"] += _INVOICES.format(name="erp")
        sources["ledger"] = _HEAD.format(name="ledger") + _INVOICES.format(name="ledger")
        self.shop = Shop(folder / "house", sources["erp"], _CONTRACT)
        for name in ("shop", "ledger"):
            self.shop.write(f"group/sources/{name}.yaml", sources[name])
        self.shop.write("group/metrics/all.yaml", _METRICS)
        self.model: Model = self.shop.project.model(AT.date())
        assert [one.message for one in check(self.shop.project, AT.date()) if "accountable" not in one.message] == []
        self.plans = {name: declared(self.model, Ref("Source", name), environment={}, scratch=folder) for name in sources}

    def lake(self) -> PlainLake:
        """A lake with nothing in it; nothing is delivered yet."""
        for old in (self.shop.folder / "exports").rglob("*.csv"):
            old.unlink()
        return PlainLake()

    def run(self, lake: PlainLake, deliveries: Iterable[Delivery]) -> None:
        """Delivers, and takes all sources in, one commit each."""
        for entity, name, rows in deliveries:
            out = io.StringIO()
            heads = ORDERS if entity.endswith("orders") else INVOICES
            csv.writer(out, lineterminator="\n").writerows([heads, *rows])
            self.shop.deliver(f"{entity}/{name}", out.getvalue())
        for plan in self.plans.values():
            prepared = prepare(lake, plan, pending(lake, plan, model_hash="m"), run_at=AT, model_hash="m")
            with lake.transaction():
                taken = take(lake, plan, prepared, run_at=AT, model_hash="m")
                rebuild(lake, self.model)
            assert all(account.balances for account in taken.accounts)

    def withdraw(self, lake: PlainLake, entity: str, name: str) -> None:
        """Takes out all that a delivery brought, as reading it again does before it brings anything."""
        source, _, told = entity.partition("/")
        found = lake.rows(f"SELECT batch_id FROM facts.batch WHERE source = '{source}' AND delivery LIKE '%{entity}/{name}'")
        with lake.transaction():
            for table in ("touched_order (root_key VARCHAR)", "touched_case (case_key VARCHAR)"):
                lake.execute(f"CREATE OR REPLACE TEMP TABLE {table}")
            lake.execute("CREATE OR REPLACE TEMP TABLE touched_cell (fact VARCHAR, scope VARCHAR, day DATE)")
            lake.execute("CREATE OR REPLACE TEMP TABLE touched_month (month DATE)")
            plans = {plan.entity.id: plan for plan in self.plans[source].entities}
            forget_batches(lake, plans, [Standing(row[0], told, name, AT) for row in found])
            fold(lake)
            bill(lake)
            rebuild(lake, self.model)


def rows_of(lake: Lake, table: str, *but: str) -> list[dict[str, Any]]:
    """The rows of a table, by column, in a fixed order."""
    names = [name for name in TABLES[table].column_names() if name not in but]
    listed = ", ".join(f'"{name}"' for name in names)
    return sorted((dict(zip(names, row, strict=True)) for row in lake.rows(f"SELECT {listed} FROM {lake.table(table)}")), key=repr)


def expected(lake: Lake) -> list[dict[str, Any]]:
    """Every invoice line with what it should take over, looked up in Python, one line at a time."""
    records, orders = rows_of(lake, "order_record"), {row["root_key"]: row for row in rows_of(lake, "fact_order")}
    found = []
    for line in rows_of(lake, "fact_invoice_line"):
        order = _order(line["order_key"], records, orders) or _order(line["origin_key"], records, orders)
        found.append({**line, **dict.fromkeys(FILLED), **(_taken(order) if order else {})})
    return found


def _order(key: str | None, records: list[dict[str, Any]], orders: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    roots = sorted({one["root_key"] for one in records if one["document_key"] == key})
    return orders[roots[0]] if roots else orders.get(key or "")


def _taken(order: dict[str, Any]) -> dict[str, Any]:
    taken = {name: order[name] for name in FILLED}
    reason, worth = order["ineligible_reason"], order["net_amount"]
    if reason in ("credit_note", "return") or (worth is not None and worth < 0):
        taken |= {"commit_class": None, "touchpoint": None}
    if reason in ("zero", "credit_note", "return"):
        taken["eligible"] = True
    return taken
