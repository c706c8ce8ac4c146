"""The measuring SQL stays in the subset that a second engine can run: every statement file, and all that is generated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from charter.expression.portable import portable_findings
from charter.model.model import Model
from charter.performance.measure import rebuild, rebuild_all
from charter.performance.metric import find_metric, metric_names
from charter.performance.number import Asked, cube_plan, number
from charter.performance.reading import known_breakdowns
from charter.performance.replay import PACKAGE
from charter.performance.rules import Feeds
from charter.performance.slo import open_ages
from charter.performance.suspects.impersonated import effect as impersonated_effect
from charter.performance.suspects.impersonated import find_impersonated
from charter.performance.suspects.paused import find_paused
from charter.performance.suspects.rekeyed import effect, find_rekeyed
from charter.performance.worklist import worklist
from charter.values.period import Period
from plain_lake import PlainLake

STATEMENTS = sorted(file.name.removesuffix(".sql") for file in (files(PACKAGE) / "sql").iterdir() if file.name.endswith(".sql"))
# One metric of each form: a ratio, money, times, distinct members, dispersion.
FORMS = ("digital-order-ratio", "order-value", "average-order-time", "digital-customer-share", "price-dispersion", "invoiced-share")
FEEDS = Feeds({("erp", "orders"): frozenset({"fact_order", "fact_order_line", "fact_invoice_line", "fact_case", "fact_defect"})})


class Listening(PlainLake):
    """Keeps what is executed; how rows get into a table is the warehouse's own business, and no measuring."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, None] = {}
        self.writing = False

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.writing = True
        super().insert(table, columns, rows)
        self.writing = False

    def load(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        self.writing = True
        super().load(name, columns, rows)
        self.writing = False

    def _run(self, sql: str, parameters: Any) -> Any:
        if not self.writing:
            self.heard[sql] = None
        return super()._run(sql, parameters)


@pytest.fixture(scope="module")
def heard(group: Model) -> list[str]:
    """All statements of building a small lake, bringing it up by a day, and asking it everything."""
    lake = Listening()
    lake.put("fact_order", [order("o1", 3), order("o2", 4)])
    lake.put("fact_order_line", [line("o1"), line("o2")])
    lake.put("case_event", [event(1, "open"), event(2, "resolved")])
    lake.put("fact_defect", [{"root_key": "o1", "defect_key": "d", **ROW, "row_key": "d", "found_at": NOON, "category": "price"}])
    rebuild_all(lake, group)
    for table, column in (("touched_case", "'c1'"), ("touched_cell", "'fact_order', 'branch/b1', DATE '2026-02-03'")):
        lake.connection.execute(f"INSERT INTO temp.{table} VALUES ({column})")
    lake.connection.execute("INSERT INTO temp.touched_cell VALUES ('fact_order_line', 'branch/b1', DATE '2026-02-03')")
    rebuild(lake, group)
    month, today = Period.parse("2026-02"), Asked(FEEDS, org_as_of=date(2026, 4, 1))
    for name in metric_names(group):
        number(lake, group, name, "branch/b1", month, asked=Asked(FEEDS), beside=False)
    for name in FORMS:
        number(lake, group, name, "market/de", month, asked=today)
        for by in known_breakdowns(find_metric(group, name, "group").measured):
            number(lake, group, name, "group", month, by=by, asked=Asked(FEEDS), beside=False)
    worklist(lake, "market/de", month, org_as_of=date(2026, 4, 1))
    open_ages(lake, "market/de", NOON)
    find_paused(lake, "market/de", month, "standard", org_as_of=date(2026, 4, 1))
    twice = [{**order(root, 4), "commit_class": one, "account_key": "b"} for root, one in (("o3", "C1"), ("o4", "C5"))]
    lake.put("fact_order", twice)
    lake.put("fact_order_line", [{**line(root), "item_key": "j"} for root in ("o3", "o4")])
    effect(lake, "market/de", month, find_rekeyed(lake, "market/de", month, org_as_of=date(2026, 4, 1))[0])
    found, _ = find_impersonated(lake, "market/de", month, [("p", None, None)], org_as_of=date(2026, 4, 1))
    impersonated_effect(lake, "market/de", month, found)
    return list(lake.heard)


NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
ROW = {"source": "erp", "entity": "e", "content_hash": "h", "batch_id": "b"}


def order(root: str, day: int) -> dict[str, Any]:
    return {
        "root_key": root, "source": "erp", "document_count": 1, "line_count": 1, "ordered_on": date(2026, 2, day),
        "selling_scope": "branch/b1", "fulfilling_scope": "branch/b1", "commit_class": "C5", "touchpoint": "phone",
        "received_at": NOON, "entered_at": NOON, "confirmed_at": NOON, "shipped_on": date(2026, 2, day), "account_key": "a",
        "currency": "EUR", "net_amount": Decimal(10), "confirmed": True, "eligible": True,
    }  # fmt: skip


def line(root: str) -> dict[str, Any]:
    return {
        **ROW, "row_key": root, "document_key": root, "root_key": root, "is_origin": True, "account_key": "a", "item_key": "i",
        "selling_scope": "branch/b1", "ordered_on": date(2026, 2, 3), "quantity": 1, "unit_price": 10, "net_amount": 10,
        "currency": "EUR", "eligible": True,
    }  # fmt: skip


def event(place: int, state: str) -> dict[str, Any]:
    return {**ROW, "row_key": f"r{place}", "case_key": "c1", "sequence": place, "occurred_at": NOON, "state": state}


def wrong(sql: str) -> list[str]:
    """What the lint tells of a statement, and which lists it uses: the lint knows some of their names only."""
    told = [finding.message for finding in portable_findings(sql)]
    lists = [node for tree in sqlglot.parse(sql, read="duckdb") if tree for node in tree.walk() if is_list(node)]
    return [f"{message}: {sql}" for message in (*told, *(f"{node.sql('duckdb')} is a list" for node in lists))]


def is_list(node: exp.Expr) -> bool:
    if isinstance(node, exp.ArrayAgg | exp.Explode | exp.Unnest | exp.Comprehension | exp.Array):
        return True
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    return name.lower().startswith(("list_", "array_"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_file_is_portable(name: str) -> None:
    assert wrong(PlainLake().text(PACKAGE, name)) == []


def test_all_that_is_executed_while_building_and_asking_is_portable(heard: list[str]) -> None:
    assert [told for sql in heard for told in wrong(sql)] == []


def test_what_was_heard_is_the_measuring_and_all_of_it(heard: list[str], group: Model) -> None:
    text = "\n".join(heard)
    assert all(
        f'facts."{table}"' in text for table in ("cube_value", "cube_duration", "cube_member", "cube_spread", "calendar_day")
    )
    lake = PlainLake()
    assert all(lake.text(PACKAGE, name) in heard for name in STATEMENTS)
    assert all(one.scope in text for one in cube_plan(group).series.values())


TRAPS = {
    "SELECT a.x FROM a ASOF JOIN b ON a.t >= b.t": "ASOF",
    "SELECT a.x FROM a POSITIONAL JOIN b": "POSITIONAL",
    "SELECT quantile_cont(a.x, 0.5) FROM a": "quantile_cont",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.x) FROM a": "percentile_cont",
    "SELECT quantile_disc(a.x, 0.5) FROM a": "quantile_disc",
    "SELECT dayofweek(a.day) FROM a": "dayofweek",
    "SELECT grouping(a.x, a.y) FROM a GROUP BY ROLLUP (a.x, a.y)": "grouping()",
    "SELECT string_agg(DISTINCT a.x, ',' ORDER BY a.x) FROM a": "string_agg",
    "SELECT a.x FROM a QUALIFY ROW_NUMBER() OVER (ORDER BY a.x) = 1": "QUALIFY",
    "SELECT list_transform(a.xs, lambda x: x + 1) FROM a": "lambda",
    "SELECT list_transform(a.xs, x -> x + 1) FROM a": "lambda",
    "SELECT list(a.x) FROM a": "list",
    "SELECT unnest(a.xs) FROM a": "list",
    "SELECT DISTINCT ON (a.x) a.x, a.y FROM a": "DISTINCT ON",
    "SELECT * FROM a": "SELECT *",
    "SELECT list_filter(a.xs, lambda x: x > 1) FROM a": "lambda",
    "SELECT [x + 1 for x in a.xs] FROM a": "list",
    "SELECT list_sort(a.xs) FROM a": "list",
}


@pytest.mark.parametrize("sql", TRAPS)
def test_a_planted_trap_is_refused(sql: str) -> None:
    assert any(TRAPS[sql].lower() in told.lower() for told in wrong(sql)), wrong(sql)


@pytest.mark.parametrize("sql", TRAPS)
def test_a_trap_hidden_deep_in_a_statement_is_refused(sql: str) -> None:
    assert wrong("WITH planted AS (SELECT a.x FROM a) SELECT p.x FROM (SELECT q.x FROM planted AS q) AS p") == []
    assert wrong(f"WITH planted AS ({sql}) SELECT p.x FROM (SELECT q.x FROM planted AS q) AS p") != []
