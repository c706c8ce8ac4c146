"""Writing a close: numbers, and copies of the cells, scopes, rates and inputs that they rest on; within one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN
from typing import TYPE_CHECKING, Any

from charter.performance.build import CUBE_TABLE
from charter.performance.closing.prepare import Prepared
from charter.performance.closing.record import Closing, Counted, objective_to_json, rates_held, to_json
from charter.performance.identity import counts_accounts, crosswalk, customer
from charter.performance.plan import Measured, Plan
from charter.performance.slo import SloStatus
from charter.values.ratio import SCALE
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

COPIES = {
    "cube_value": "closed_value",
    "cube_duration": "closed_duration",
    "cube_member": "closed_member",
    "cube_spread": "closed_spread",
    "dim_scope": "closed_scope",
}
"""What is copied at a close, and into which table."""


def record(lake: Lake, closing: Closing, prepared: Sequence[Prepared], cube: Plan) -> None:
    """Writes the close of these metrics; called inside a transaction, on the lake that they were read from."""
    counted = [one for metric in prepared for one in metric.by_scope.values()]
    distinct = {(one.measured.definition.hash, one.measured.calendar): one.measured for one in counted}
    measured = [one for _, one in sorted(distinct.items())]
    _insert(lake, "period_close", [_act(closing)])
    _insert(lake, "closed_metric", [_metric(closing, one) for one in prepared])
    _insert(lake, "closed_number", [_number(closing, one.metric, found) for one in prepared for found in one.by_scope.values()])
    _insert(lake, "closed_objective", [_objective(closing, one) for metric in prepared for one in metric.objectives])
    _insert(lake, "closed_definition", sorted({_definition(closing, one) for one in measured}))
    _insert(lake, "closed_component", list(_components(lake, closing, measured, cube)))
    _insert(lake, "closed_rate", sorted(_rates(closing, counted), key=repr))
    _insert(lake, "closed_input", list(_inputs(lake, closing, prepared)))
    lake.phase("closed numbers")
    _copy_scopes(lake, closing)
    _copy_cells(lake, closing, measured, cube)
    lake.phase("closed cells")


def _insert(lake: Lake, table: str, rows: Sequence[Sequence[Any]]) -> None:
    lake.insert(table, TABLES[table].column_names(), rows)


def _act(one: Closing) -> tuple[Any, ...]:
    return (
        one.close_id, str(one.period), one.period.start, one.period.end, one.closed_at.isoformat(), one.closed_by, one.revision,
        one.model, one.snapshot, one.home,
    )  # fmt: skip


def _metric(closing: Closing, one: Prepared) -> tuple[Any, ...]:
    certified = sum(1 for found in one.by_scope.values() if found.number.certified)
    return (one.metric, str(closing.period), closing.close_id, one.title, one.mature_on, certified, len(one.by_scope))


def _number(closing: Closing, metric: str, found: Counted) -> tuple[Any, ...]:
    one = found.number
    value = None if one.value is None else one.value.quantize(SCALE, ROUND_HALF_EVEN)
    return (
        metric, str(closing.period), one.scope, closing.close_id, found.measured.definition.hash, found.measured.calendar,
        found.rates.name, "; ".join(sorted({batch.source for batch in one.passport.sources})), one.unit, one.figure.currency, value, one.n, one.status, one.certified,
        one.owner.person if one.owner else None, to_json(one),
    )  # fmt: skip


def _objective(closing: Closing, one: SloStatus) -> tuple[Any, ...]:
    told = one.objective
    return (
        told.slo, str(closing.period), one.scope, closing.close_id, told.metric, told.target, one.good, one.total, one.status,
        objective_to_json(one),
    )  # fmt: skip


def _definition(closing: Closing, one: Measured) -> tuple[str, str, str]:
    return closing.close_id, one.definition.hash, one.definition.model_dump_json()


def _components(lake: Lake, closing: Closing, measured: Iterable[Measured], cube: Plan) -> Iterable[tuple[Any, ...]]:
    under = dict(lake.rows(f'SELECT s."series", s."built_under" FROM {lake.table("cube_state")} AS s'))
    replayed = under.get("replay", "")
    for one in measured:
        mine = (closing.close_id, one.definition.hash, one.calendar)
        cases = replayed if one.definition.fact == "fact_case" else ""
        for component, place in sorted(cube.of(one).items()):
            built = f"{under.get(place.series, '')} {cases}".strip()
            yield (*mine, component, place.kind, place.series, place.slot, json.dumps(dict(place.dimensions)), built)


def _rates(closing: Closing, counted: Iterable[Counted]) -> set[tuple[Any, ...]]:
    """Of the numbers that money goes into; others need none."""
    return {
        (closing.close_id, one.rates.name, *row)
        for one in counted
        if one.measured.definition.form == "dispersion" or one.measured.definition.currency is not None
        for row in rates_held(one.rates, closing.period)
    }


def _inputs(lake: Lake, closing: Closing, prepared: Sequence[Prepared]) -> Iterable[tuple[Any, ...]]:
    hashes = dict(lake.rows(f'SELECT b."batch_id", b."delivery_hash" FROM {lake.table("batch")} AS b'))
    for metric in prepared:
        batches = {one.batch: one for found in metric.by_scope.values() for one in found.number.passport.sources}
        for batch, one in sorted(batches.items()):
            about = (one.source, batch, one.delivery, hashes[batch], one.rows, one.data_from, one.data_to)
            yield (closing.close_id, metric.metric, *about)


def _copy_scopes(lake: Lake, closing: Closing) -> None:
    columns = ", ".join(f'c."{name}"' for name in TABLES["dim_scope"].column_names())
    own = ", ".join(f'"{name}"' for name in TABLES["closed_scope"].column_names())
    lake.execute(
        f"INSERT INTO {lake.table('closed_scope')} ({own}) SELECT ?, {columns} FROM {lake.table('dim_scope')} AS c",
        [closing.close_id],
    )


def _copy_cells(lake: Lake, closing: Closing, measured: Sequence[Measured], cube: Plan) -> None:
    kinds: dict[str, set[str]] = {table: set() for table in (*CUBE_TABLE.values(), "cube_spread")}
    accounts: set[str] = set()
    for one in measured:
        for place in cube.of(one).values():
            kinds[CUBE_TABLE[place.kind]].add(place.series)
            if place.kind == "member" and counts_accounts(one.definition):
                accounts.add(place.series)
        if one.definition.form == "dispersion":
            kinds["cube_spread"].add(one.definition.hash)
    for table, keys in kinds.items():
        if keys and table != "cube_member":
            _copy(lake, closing, table, sorted(keys))
    members = kinds["cube_member"]
    for keys, are_accounts in ((members & accounts, True), (members - accounts, False)):
        if keys:
            _copy(lake, closing, "cube_member", sorted(keys), as_customers=are_accounts)


def _copy(lake: Lake, closing: Closing, table: str, keys: Sequence[str], *, as_customers: bool = False) -> None:
    """Accounts that are the same as others are copied as the one that stands for them: what is merged later changes no close."""
    key, day = ("definition", "month") if table == "cube_spread" else ("series", "day")
    columns = ", ".join(f'c."{name}"' for name in TABLES[table].column_names())
    own = ", ".join(f'"{name}"' for name in TABLES[COPIES[table]].column_names())
    beside = ""
    if as_customers:
        member = 'c."member"'
        columns, beside = columns.replace(member, f'{customer(member)} AS "member"'), crosswalk(lake, member)
    lake.execute(
        f"INSERT INTO {lake.table(COPIES[table])} ({own}) SELECT {'DISTINCT ' if as_customers else ''}?, {columns} "
        f"FROM {lake.table(table)} AS c {beside} "
        f'WHERE c."{key}" IN ({", ".join("?" for _ in keys)}) AND c."{day}" >= ? AND c."{day}" < ? '
        f'ORDER BY c."{key}", c."{day}", c."scope"',
        [closing.close_id, *keys, closing.period.start, closing.period.end],
    )
