"""The passport of a number: which batches it rests on, how it reconciles, how fresh it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from charter.performance.metric import Metric
from charter.performance.relation import quoted
from charter.performance.roll_up import LEVELS, Under
from charter.performance.rules import Held, Reconciled, Refusal
from charter.values.ratio import divide

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

UNRECONCILED = "unreconciled: no source gives totals of its own"


@dataclass(frozen=True, slots=True)
class BatchRows:
    """One batch that feeds a number: its source, what it brought, and from which days."""

    source: str
    batch: str
    delivery: str
    rows: int
    data_from: date | None
    data_to: date | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last day that the feeding sources tell of, when that was received, and its age in days at the asking."""

    data_to: date | None
    received_at: datetime | None
    age_days: int | None


@dataclass(frozen=True, slots=True)
class Passport:
    """What stands beside a number, so that nobody has to take it on trust."""

    definition: str
    version: str
    declared: Mapping[str, Any]
    sources: tuple[BatchRows, ...]
    reconciliation: tuple[Reconciled, ...]
    reconciliation_note: str | None
    held: tuple[Held, ...]
    freshness: Freshness
    attribution: str
    day_basis: tuple[str, ...]
    rate_set: str | None
    model: str


def batches(lake: Lake, sources: Sequence[str], start: date, end: date) -> tuple[BatchRows, ...]:
    """Answers the batches of these sources whose rows tell of days in the period."""
    if not sources:
        return ()
    rows = lake.rows(
        f'SELECT b."source", b."batch_id", b."delivery", b."accepted", b."data_from", b."data_to" '
        f'FROM {lake.table("batch")} AS b WHERE b."state" = \'taken\' AND b."source" IN ({_marks(sources)}) '
        'AND b."data_from" < ? AND b."data_to" >= ? ORDER BY b."source", b."data_from", b."batch_id"',
        [*sources, end, start],
    )
    return tuple(BatchRows(*row) for row in rows)


def refusals(lake: Lake, sources: Sequence[str], start: date, end: date) -> tuple[Refusal, ...]:
    """Answers the refused deliveries that may concern the period and that no later delivery of that name replaced."""
    if not sources:
        return ()
    batch = lake.table("batch")
    rows = lake.rows(
        f'SELECT b."source", b."delivery", COALESCE(b."reason", \'\') FROM {batch} AS b '
        f'WHERE b."state" = \'refused\' AND b."source" IN ({_marks(sources)}) '
        'AND (b."data_from" IS NULL OR b."data_from" < ?) AND (b."data_to" IS NULL OR b."data_to" >= ?) '
        f'AND NOT EXISTS (SELECT 1 FROM {batch} AS t WHERE t."source" = b."source" AND t."entity" = b."entity" '
        'AND t."delivery" = b."delivery" AND t."state" = \'taken\' AND t."received_at" >= b."received_at") '
        'ORDER BY b."source", b."delivery", b."batch_id"',
        [*sources, end, start],
    )
    return tuple(Refusal(*row) for row in rows)


def reconciled(
    lake: Lake,
    sources: Sequence[str],
    start: date,
    end: date,
    under: Under,
    *,
    money: bool = False,
    but: Sequence[tuple[str, str]] = (),
) -> tuple[Reconciled, ...]:
    """Answers how the sources' own totals of the period's months, at or under the scope, compare with ours.

    A count rests on how many there are, and not on their amounts: those are compared for `money` only. Totals `but` those of
    these entities (source, entity) are.
    """
    if not sources:
        return ()
    join, join_values = under.join(lake, "month")
    where, where_values = under.where()
    measures = "" if money else "AND c.\"measure\" <> 'net_amount' "
    left = 'AND NOT (c."source" = ? AND c."entity" = ?) ' * len(but)
    sums = ", ".join(f'SUM(c."{name}")' for name in ("theirs", "unexplained", "quarantined", "ours", "excluded"))
    rows = lake.rows(
        f'SELECT c."source", c."measure", {sums} FROM {lake.table("reconciliation")} AS c {join} '
        f'WHERE c."source" IN ({_marks(sources)}) AND c."month" >= ? AND c."month" < ? AND {where} {measures}{left}'
        'GROUP BY c."source", c."measure" ORDER BY 1, 2',
        [*join_values, *sources, start.replace(day=1), end, *where_values, *(name for one in but for name in one)],
    )
    return tuple(Reconciled(str(source), str(measure), *map(Decimal, values)) for source, measure, *values in rows)


def reconciled_by_month(
    lake: Lake, sources: Sequence[str], start: date, end: date, level: str, *, money: bool = False
) -> dict[tuple[str, date], tuple[Reconciled, ...]]:
    """Answers what `reconciled` answers for each scope of a level (region, market, branch or group) and each month, by one read."""
    if not sources:
        return {}
    join, join_values = Under("group").join(lake, "month")
    own = (
        f'COALESCE(s.{quoted(level)}, CASE WHEN c."scope" LIKE \'{level}/%\' THEN c."scope" END)' if level in LEVELS else "'group'"
    )
    measures = "" if money else "AND c.\"measure\" <> 'net_amount' "
    sums = ", ".join(f'SUM(c."{name}")' for name in ("theirs", "unexplained", "quarantined", "ours", "excluded"))
    rows = lake.rows(
        f'SELECT {own}, c."month", c."source", c."measure", {sums} FROM {lake.table("reconciliation")} AS c {join} '
        f'WHERE c."source" IN ({_marks(sources)}) AND c."month" >= ? AND c."month" < ? {measures}'
        f'GROUP BY {own}, c."month", c."source", c."measure" ORDER BY 1, 2, 3, 4',
        [*join_values, *sources, start.replace(day=1), end],
    )
    found: dict[tuple[str, date], tuple[Reconciled, ...]] = {}
    for scope, month, source, measure, *values in rows:
        if scope is not None:
            key = (str(scope), month)
            found[key] = (*found.get(key, ()), Reconciled(str(source), str(measure), *map(Decimal, values)))
    return found


def held(
    lake: Lake,
    entities: Sequence[tuple[str, str]],
    start: date,
    end: date,
    under: Under,
    above: Sequence[str] = (),
    part: Callable[[str], Decimal] = lambda _: Decimal(1),
) -> tuple[Held, ...]:
    """Answers what these entities hold in quarantine of the period, at or under the scope, or maybe there.

    Rows whose day cannot be read may be of any day that their delivery tells of: they are expected in the period by its
    share in those days. Rows that stand at a scope `above`, or at none that there is, may be of the asked one: they are
    expected there by `part`, which answers the share of that scope's orders or cases that are at or under the asked one.
    """
    if not entities:
        return ()
    join, join_values = under.join(lake, "placed_on")
    where, where_values = under.where()
    fed = " OR ".join(['(c."source" = ? AND c."entity" = ?)'] * len(entities))
    names = [name for one in entities for name in one]
    dated = '(c."data_from" IS NULL OR c."data_from" < ?) AND (c."data_to" IS NULL OR c."data_to" >= ?)'
    sums = 'SUM(c."documents"), SUM(c."rows"), SUM(c."net_amount")'
    columns = '"source", "entity", "scope", "currency", "data_from", "data_to", "documents", "rows", "net_amount"'
    # What tells of no day is placed by the organisation at the period's end.
    told = f'(SELECT {columns}, COALESCE("data_to", CAST(? AS DATE)) AS "placed_on" FROM {lake.table("held")})'
    picked = f'SELECT NULL, c."source", c."entity", c."currency", c."data_from", c."data_to", {sums} FROM {told} AS c'
    last_day = end - timedelta(days=1)
    rows = lake.rows(
        f"{picked} {join} WHERE ({fed}) AND {dated} AND {where} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 3, 4, 5, 6",
        [last_day, *join_values, *names, end, start, *where_values],
    )
    if under.scope != "group":
        known = f'SELECT d."scope" FROM {lake.table("dim_scope")} AS d'
        nowhere = f'c."scope" IS NULL OR c."scope" NOT IN ({known})'
        at = f"CASE WHEN {nowhere} THEN 'group' ELSE c.\"scope\" END"
        rows += lake.rows(
            f'{picked.replace("NULL", at, 1)} WHERE ({fed}) AND {dated} AND c."scope" IS DISTINCT FROM ? '
            f'AND ({nowhere} OR c."scope" IN ({_marks(above) or "NULL"})) GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6',
            [last_day, *names, end, start, under.scope, *above],
        )
    found: dict[tuple[str, str, str | None, bool, bool], Held] = {}
    for maybe_of, source, entity, currency, first, last, documents, count, amount in rows:
        share = _share_of_days(first, last, start, end)
        key = (source, entity, currency, share == 1, maybe_of is None)
        known_so_far = found.get(key) or Held(source, entity, 0, 0, None, currency, Decimal(0), share == 1, maybe_of is None)
        worth = known_so_far.net_amount if amount is None else (known_so_far.net_amount or 0) + amount
        found[key] = replace(
            known_so_far,
            documents=known_so_far.documents + int(documents),
            rows=known_so_far.rows + int(count),
            net_amount=worth,
            expected=known_so_far.expected + documents * share * (part(maybe_of) if maybe_of else 1),
        )
    return tuple(found.values())


def _share_of_days(first: date | None, last: date | None, start: date, end: date) -> Decimal:
    """Answers which share of the days from `first` to `last` (inclusive) lies in the period; 0 where they are not known."""
    if first is None or last is None:
        return Decimal(0)
    inside = min(last + timedelta(days=1), end) - max(first, start)
    return divide(inside.days, (last - first).days + 1) or Decimal(0)


def freshness(lake: Lake, sources: Sequence[str], as_of: datetime | None) -> Freshness:
    """Answers how fresh the feeding sources are: the oldest of their newest days counts."""
    if not sources:
        return Freshness(None, None, None)
    rows = lake.rows(
        f'SELECT MAX(b."data_to"), MAX(b."received_at") FROM {lake.table("batch")} AS b '
        f'WHERE b."state" = \'taken\' AND b."data_to" IS NOT NULL AND b."source" IN ({_marks(sources)}) GROUP BY b."source"',
        list(sources),
    )
    if not rows:
        return Freshness(None, None, None)
    data_to, received = min(row[0] for row in rows), max(row[1] for row in rows)
    return Freshness(data_to, received, (as_of.date() - data_to).days if as_of else None)


def day_bases(lake: Lake, metric: Metric, sources: Sequence[str]) -> tuple[str, ...]:
    """Answers what the days of the sources' orders are (confirmed_at, or what the mapping declares)."""
    if metric.definition.fact != "fact_order" or not sources:
        return ()
    rows = lake.rows(
        f'SELECT DISTINCT f."source", f."day_basis" FROM {lake.table("fact_order")} AS f '
        f'WHERE f."day_basis" IS NOT NULL AND f."source" IN ({_marks(sources)}) ORDER BY 1, 2',
        list(sources),
    )
    return tuple(f"{source}: {basis}" for source, basis in rows)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)
