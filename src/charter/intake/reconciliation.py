"""Our totals beside those that a source gives of itself, with the difference by reason."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from charter.intake.merge import note_months
from charter.intake.plan import EntityPlan
from charter.intake.target import TARGETS
from charter.intake.value_sql import identifier
from charter.warehouse.lake import statement_text
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_COLUMNS = TABLES["reconciliation"].column_names()
_RECORDS = ("order", "order_line", "invoice_line")
_DAYS = {"order_record": "ordered_on", "fact_order_line": "ordered_on", "fact_invoice_line": "invoiced_on"}


def reconcile(lake: Lake, source: str, plans: Iterable[EntityPlan], *, whole: bool = True) -> None:
    """Compares a source's control totals with what was taken in of the entities that they are about.

    Called after the fold, inside the run's transaction. Held and excluded rows explain a difference where they name
    their day (and, below the group, their scope); what they leave is `unexplained`.

    If not `whole`, only the months of touched_month are compared again, and those that were compared under other scopes or by
    another kind of records, or never.
    """
    reconciliation = lake.table("reconciliation")
    known = lake.rows(f"SELECT DISTINCT entity FROM {lake.table('control_total')} WHERE source = $source", {"source": source})
    records = {plan.entity.id: record for plan in plans if (record := _record(plan))}
    entities = sorted(entity for (entity,) in known if entity in records)
    _forget_others(lake, source, entities)
    for entity in entities:
        under = _under(lake, records[entity])
        _choose_months(lake, source, entity, under, whole)
        named = {"source": source, "entity": entity}
        gone = "" if whole else " AND month IN (SELECT month FROM comparing)"
        lake.execute(f"DELETE FROM {reconciliation} WHERE source = $source AND entity = $entity{gone}", named)
        text = statement_text("charter.intake", "reconciliation").replace("{day}", _DAYS[records[entity]])
        statement = lake.filled(text.replace("{record}", lake.table(records[entity])))
        for first, past in _spans(lake):
            lake.execute(
                f"INSERT INTO {reconciliation} ({', '.join(_COLUMNS)}) "
                f"SELECT *, theirs - ours - quarantined - excluded, $under FROM ({statement}) AS told",
                {**named, "under": under, "first": first, "past": past},
            )
        lake.execute("DROP TABLE comparing")


def _forget_others(lake: Lake, source: str, entities: Collection[str]) -> None:
    table = lake.table("reconciliation")
    for (entity,) in lake.rows(f"SELECT DISTINCT entity FROM {table} WHERE source = $source", {"source": source}):
        if entity not in entities:
            lake.execute(f"DELETE FROM {table} WHERE source = $source AND entity = $entity", {"source": source, "entity": entity})


def note_mapped_months(lake: Lake, plan: EntityPlan) -> None:
    """Notes the months that the rows of `mapped` tell of, also those of held rows that come again, and those of control totals."""
    told = {str(row[0]) for row in lake.rows("SELECT column_name FROM (DESCRIBE mapped)")}
    named = (*(f"{target}.{_DAYS[TARGETS[target].table.name]}" for target in _RECORDS), "control_total.month")
    days = [f"m.{identifier(name)}" for name in named if name in told]
    for day in ("m._day", *days):
        note_months(lake, f"SELECT {day} FROM mapped AS m")
    note_months(
        lake,
        f"SELECT q.data_on FROM {lake.table('quarantine_row')} AS q WHERE q.source = $source AND q.entity = $entity "
        "AND q.settled_by IS NULL AND q.row_key IN (SELECT m._key FROM mapped AS m)",
        {"source": plan.source, "entity": plan.entity.id},
    )


def _under(lake: Lake, record: str) -> str:
    """Answers a hash of all that a comparison depends on beside rows and totals: the scopes, and the records' kind."""
    rows = lake.rows(f"SELECT scope, region, market, branch, valid_from, valid_to FROM {lake.table('dim_scope')} ORDER BY ALL")
    return hashlib.sha256(repr((record, rows)).encode()).hexdigest()[:16]


def _choose_months(lake: Lake, source: str, entity: str, under: str, whole: bool) -> None:
    """Makes `comparing`: the months with totals of the entity that are to be compared."""
    stale = (
        f"EXISTS (SELECT 1 FROM touched_month AS t WHERE t.month < c.month + INTERVAL 1 MONTH AND t.month + INTERVAL 1 MONTH > c.month) OR NOT EXISTS (SELECT 1 FROM "
        f"{lake.table('reconciliation')} AS r WHERE r.source = c.source AND r.entity = c.entity AND r.scope = c.scope "
        "AND r.month = c.month AND r.measure = c.measure AND r.compared_under = $under)"
    )
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE comparing AS SELECT DISTINCT c.month FROM {lake.table('control_total')} AS c "
        f"WHERE c.source = $source AND c.entity = $entity{'' if whole else f' AND ({stale})'}",
        {"source": source, "entity": entity, **({} if whole else {"under": under})},
    )


def _spans(lake: Lake) -> Iterator[tuple[date, date]]:
    """Yields the months of `comparing` as spans of days, half-open; those that follow each other, or overlap, are one."""
    spans: list[tuple[date, date]] = []
    for month, following in lake.rows("SELECT month, CAST(month + INTERVAL 1 MONTH AS DATE) FROM comparing ORDER BY month"):
        if spans and spans[-1][1] >= month:
            spans[-1] = (spans[-1][0], following)
        else:
            spans.append((month, following))
    yield from spans


def _record(plan: EntityPlan) -> str | None:
    """Answers the table that keeps one row for each source row of the entity, where it is about orders or invoices."""
    return next((TARGETS[name].table.name for name in _RECORDS if name in plan.entity.targets), None)
