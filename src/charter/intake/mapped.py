"""Judged deliveries as rows of the canonical tables, in temporary tables: outside of any transaction, in groups.

DuckDB reads a temporary table by one thread, and at half the speed, while the transaction that made it is open (measured on
11.5M rows: 25 s to write them to the lake, against 12). So all that needs nothing of the lake is done before it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from charter.errors import ContentError
from charter.intake.codes import INT041
from charter.intake.mapping import mapping_select
from charter.intake.plan import EntityPlan
from charter.intake.pseudonym import KEY_TABLE
from charter.intake.refusal import DeliveryRefused, refused
from charter.intake.source_plan import SourcePlan
from charter.intake.stage import Judged
from charter.intake.value_sql import identifier

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_GROUP_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries of one entity that are merged together, and the temporary table of their rows (see mapping)."""

    table: str
    deliveries: tuple[Judged, ...]


def lay_out_scopes(lake: Lake, source: SourcePlan) -> None:
    """Makes `scope_slice`, in which mappings look scopes up by the day of a row, and the key of pseudonyms.

    The key stands in a temporary table and in no statement, for statements are told where they fail.
    """
    lake.load(KEY_TABLE, {"key": "VARCHAR"}, [(source.key,)])
    slices = {
        "scope": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
        "time_zone": "VARCHAR",
        "region": "VARCHAR",
        "market": "VARCHAR",
    }
    rows = [
        (one.scope, one.valid_from or date.min, one.valid_to or date.max, one.time_zone, one.region, one.market)
        for one in source.places
    ]
    lake.load("scope_slice", slices, rows)


def map_deliveries(
    lake: Lake, plan: EntityPlan, judged: Sequence[Judged], refuse: Callable[[Judged, DeliveryRefused], None]
) -> tuple[Group, ...]:
    """Answers the deliveries mapped, in groups; their judged tables are gone afterwards.

    One on which an expression fails goes to `refuse`, and stands in no group.
    """
    for lookup in plan.entity.lookups:
        listed = plan.lists[lookup.id]
        rows = [[row.get(name) for name in listed.columns] for row in listed.rows]
        lake.load(plan.list_table(lookup.id), dict.fromkeys(listed.columns, "VARCHAR"), rows)
    found = (_mapped(lake, plan, group, number, refuse) for number, group in enumerate(_groups(judged)))
    return tuple(group for group in found if group.deliveries)


def _mapped(
    lake: Lake, plan: EntityPlan, group: Sequence[Judged], number: int, refuse: Callable[[Judged, DeliveryRefused], None]
) -> Group:
    def describe(select: str) -> Mapping[str, str]:
        return {str(row[0]): str(row[1]) for row in lake.rows(f"DESCRIBE {select}")}

    table = identifier(f"mapped {plan.entity.id} {number}")
    done: list[Judged] = []
    for one in group:
        statement = mapping_select(plan, one, describe, len(done))
        try:
            lake.execute(f"INSERT INTO {table} {statement}" if done else f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}")
            done.append(one)
        except ContentError as error:
            why = refused(
                INT041, one.delivery.name, received=one.received, reason=error.message, source=plan.source, entity=plan.entity.id
            )
            refuse(one, why)
        lake.execute(f"DROP TABLE {one.table}")
    if done and not plan.entity.key:
        _count_equals(lake, table)
    return Group(table, tuple(done))


def _count_equals(lake: Lake, table: str) -> None:
    """Equal rows of one document in one delivery are told apart by their ordinal; `_key` ends in 1 until here."""
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE twin AS SELECT rowid AS at, row_number() OVER (PARTITION BY _delivery, _key ORDER BY _row) "
        f"AS ordinal FROM {table} WHERE hash(_delivery, _key) IN "
        f"(SELECT hash(_delivery, _key) FROM {table} WHERE _key IS NOT NULL GROUP BY 1 HAVING count(*) > 1)"
    )
    lake.execute(
        f"UPDATE {table} AS m SET _key = left(_key, length(_key) - 1) || CAST(ordinal AS VARCHAR) FROM twin "
        "WHERE m.rowid = twin.at AND ordinal > 1"
    )
    lake.execute("DROP TABLE twin")


def _groups(judged: Sequence[Judged]) -> Iterator[list[Judged]]:
    """Answers deliveries that are merged together: as many as fit, for each merge reads and writes the tables once."""
    group: list[Judged] = []
    size = 0
    for one in judged:
        if group and size + (one.staged.bytes or 0) > _GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(one)
        size += one.staged.bytes or 0
    if group:
        yield group
