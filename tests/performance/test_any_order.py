"""Any order of arrival, any split into batches and any corrections on the way give the cube that building from scratch gives."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from order_world import Row, defects, filled, invoice_lines, lines, order
from small_group import SCOPES

from charter.model.model import Model
from charter.performance.measure import rebuild, rebuild_all
from plain_lake import PlainLake

KEYS = {
    "fact_order": "root_key", "fact_order_line": "row_key", "fact_invoice_line": "row_key", "fact_defect": "row_key", "case_event": "row_key",
}  # fmt: skip
BUILT = (
    "dim_scope", "scope_calendar", "calendar_day", "case_merge", "fact_case", "cube_value", "cube_duration", "cube_member",
    "cube_spread", "cube_component", "cube_state",
)  # fmt: skip
DAYS = {
    "fact_order": (("selling_scope", "ordered_on"), ("fulfilling_scope", "ordered_on"), ("selling_scope", "shipped_on")),
    "fact_invoice_line": (("selling_scope", "invoiced_on"),),
}
Change = tuple[str, Row]


@dataclass(frozen=True)
class Story:
    """What arrives, in batches, and what stands at the end."""

    batches: list[list[Change]]

    def end(self) -> dict[str, list[Row]]:
        kept: dict[str, dict[Any, Row]] = {table: {} for table in KEYS}
        for batch in self.batches:
            for table, row in batch:
                kept[table][row[KEYS[table]]] = row
        return {table: list(rows.values()) for table, rows in kept.items()}


def events(chance: random.Random, case: str) -> list[Row]:
    """A case's events around the turn of 14 days, some merged into another case."""
    moment, found = datetime(2026, 3, 6, tzinfo=UTC) + timedelta(hours=chance.randrange(800)), []
    for place in range(chance.randrange(1, 6)):
        state = chance.choice(
            ["open", "same", "waiting_customer", "resolved", "resolved", "closed", "closed_unconfirmed", "cancelled"]
        )
        merged = chance.choice([f"c{chance.randrange(4)}", "c9"]) if chance.random() < 0.12 else None
        found.append(
            {
                "source": "desk", "entity": "e", "row_key": f"{case}-{place}", "content_hash": "h", "batch_id": "b", "case_key": case,
                "sequence": place, "occurred_at": moment, "state": state, "priority": chance.choice(["1", "2", None]),
                "serving_scope": chance.choice([*SCOPES, None]), "case_type": chance.choice(["incident", None]), "merged_into": merged,
            }
        )  # fmt: skip
        moment += timedelta(hours=chance.choice([0, 1, 30, 336, 337]))
    return found


def story(seed: int, orders: int, cases: int, batches: int) -> Story:
    """Each row arrives in a batch by chance; every third one arrived before with other content, and is corrected."""
    chance = random.Random(seed)
    rows: list[tuple[list[Change], Row | None]] = []
    for place in range(orders):
        now = order(chance, f"o{place}")
        before = order(chance, f"o{place}") if chance.random() < 0.35 else None
        parts: list[Change] = [("fact_order", now)]
        parts += [("fact_order_line", row) for row in lines(chance, now)] + [("fact_defect", row) for row in defects(chance, now)]
        parts += [("fact_invoice_line", row) for row in invoice_lines(chance, now)]
        rows.append((parts, before))
    laid: list[list[Change]] = [[] for _ in range(batches)]
    for parts, before in rows:
        first = chance.randrange(batches)
        if before is not None:
            laid[first].append(("fact_order", before))
        for change in parts:
            laid[chance.randrange(first, batches)].append(change)
    for case in range(cases):
        for row in events(chance, f"c{case}"):
            laid[chance.randrange(batches)].append(("case_event", row))
    for batch in laid:
        chance.shuffle(batch)
    return Story(laid)


def take(lake: PlainLake, batch: Iterable[Change]) -> None:
    """Merges a batch as intake does: rows replaced by key, touched cells told with the old and the new place."""
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_order (root_key VARCHAR)")
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_case (case_key VARCHAR)")
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_cell (fact VARCHAR, scope VARCHAR, day DATE)")
    for table, key in KEYS.items():
        rows = list({row[key]: row for name, row in batch if name == table}.values())
        tell(lake, table, [row[key] for row in rows])
        marks = ", ".join("?" for _ in rows) or "NULL"
        lake.execute(f'DELETE FROM {lake.table(table)} WHERE "{key}" IN ({marks})', [row[key] for row in rows])
        columns = sorted({name for row in rows for name in row})
        lake.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
        tell(lake, table, [row[key] for row in rows])


def tell(lake: PlainLake, table: str, keys: Sequence[Any]) -> None:
    """Tells the cells that these rows lie in now."""
    marks, held = ", ".join("?" for _ in keys) or "NULL", lake.table(table)
    if table == "case_event":
        lake.execute(f"INSERT INTO temp.touched_case SELECT DISTINCT case_key FROM {held} WHERE row_key IN ({marks})", keys)
        return
    fact = "fact_order" if table == "fact_defect" else table
    rows = f"(SELECT * FROM {held} WHERE {KEYS[table]} IN ({marks}))"
    if table == "fact_defect":
        rows = f"(SELECT * FROM {lake.table(fact)} WHERE root_key IN (SELECT d.root_key FROM {rows} AS d))"
    for scope, day in DAYS.get(fact, (("selling_scope", "ordered_on"),)):
        lake.execute(f"INSERT INTO temp.touched_cell SELECT '{fact}', COALESCE({scope}, 'group'), {day} FROM {rows}", keys)


def built(lake: PlainLake) -> dict[str, list[tuple[Any, ...]]]:
    return {table: lake.content(table) for table in BUILT}


def from_scratch(model: Model, rows: dict[str, list[Row]]) -> dict[str, list[tuple[Any, ...]]]:
    lake = filled(rows)
    rebuild_all(lake, model)
    return built(lake)


@settings(max_examples=max(1, settings().max_examples // 12))
@given(st.integers(0, 2**32), st.integers(0, 25), st.integers(0, 5), st.integers(1, 5))
def test_any_order_of_arrival_and_any_batches_give_the_cube_from_scratch(
    group: Model, seed: int, orders: int, cases: int, batches: int
) -> None:
    told = story(seed, orders, cases, batches)
    lake = PlainLake()
    for batch in told.batches:
        take(lake, batch)
        rebuild(lake, group)
    assert built(lake) == from_scratch(group, told.end())


@settings(max_examples=max(1, settings().max_examples // 30))
@given(st.integers(0, 2**32))
def test_what_came_while_other_calendars_and_metrics_held_is_counted_by_those_that_hold_now(
    group: Model, later_group: Model, seed: int
) -> None:
    told = story(seed, 20, 4, 3)
    lake = PlainLake()
    for batch, model in zip(told.batches, (group, later_group, group), strict=True):
        take(lake, batch)
        rebuild(lake, model)
    assert built(lake) == from_scratch(group, told.end())
    take(lake, [])
    rebuild(lake, later_group)
    assert built(lake) == from_scratch(later_group, told.end())


def test_building_again_from_scratch_in_the_same_lake_changes_nothing(group: Model) -> None:
    told = story(5, 30, 4, 2)
    lake = PlainLake()
    for batch in told.batches:
        take(lake, batch)
        rebuild(lake, group)
    before = built(lake)
    rebuild_all(lake, group)
    assert before == built(lake)
    assert all(before[table] for table in BUILT)
