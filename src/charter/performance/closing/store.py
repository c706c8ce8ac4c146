"""What is closed: the acts, and each number as it was closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from charter.performance.closing.record import Closed, Closing, from_json, objective_from_json
from charter.performance.definition import Definition
from charter.performance.passport import BatchRows
from charter.performance.plan import Measured
from charter.performance.slo import SloStatus
from charter.values.period import Period

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_ACT = 'p."close_id", p."period", p."closed_at", p."closed_by", p."revision", p."model_hash", p."snapshot", p."home_currency"'


@dataclass(frozen=True, slots=True)
class ClosedMetric:
    """That a metric's period was closed: by which act, from when it was mature, and how many of its scopes were certified."""

    metric: str
    title: str
    closing: Closing
    mature_on: date
    certified: int
    scopes: int


@dataclass(frozen=True, slots=True)
class ClosedValue:
    """A closed value, rounded to six places, and the hash of the definition that it was counted by at the close."""

    value: Decimal | None
    definition: str


def _closing(row: Sequence[Any]) -> Closing:
    close_id, period, *rest = row
    return Closing(str(close_id), Period.parse(str(period)), *rest)


def closings(lake: Lake) -> tuple[Closing, ...]:
    """Answers every act of closing, in the order of their instants."""
    rows = lake.rows(f'SELECT {_ACT} FROM {lake.table("period_close")} AS p ORDER BY p."closed_at", p."close_id"')
    return tuple(_closing(row) for row in rows)


def closed_metrics(lake: Lake, period: Period) -> dict[str, ClosedMetric]:
    """Answers the metrics of which the period is closed, by name."""
    rows = lake.rows(
        f'SELECT m."metric", m."title", m."mature_on", m."certified", m."scopes", {_ACT} FROM {lake.table("closed_metric")} AS m '
        f'JOIN {lake.table("period_close")} AS p ON p."close_id" = m."close_id" WHERE m."period" = ? ORDER BY m."metric"',
        [str(period)],
    )
    return {
        metric: ClosedMetric(metric, title, _closing(act), mature, certified, scopes)
        for metric, title, mature, certified, scopes, *act in rows
    }


def closed_numbers(lake: Lake, scope: str, period: Period, metric: str | None = None) -> dict[str, Closed]:
    """Answers the numbers of a scope and period as they were closed, by metric; of one metric where it is named."""
    chosen = 'n."scope" = ? AND n."period" = ? AND (CAST(? AS VARCHAR) IS NULL OR n."metric" = ?)'
    return {one.number.metric: one for one in _numbers(lake, chosen, [scope, str(period), metric, metric])}


def numbers_of(lake: Lake, closing: Closing) -> tuple[Closed, ...]:
    """Answers every number of an act of closing, by metric and scope."""
    return tuple(_numbers(lake, 'n."close_id" = ?', [closing.close_id]))


def _numbers(lake: Lake, chosen: str, parameters: Sequence[Any]) -> Iterator[Closed]:
    rows = lake.rows(
        f'SELECT n."metric", n."definition", n."calendar", n."rate_set", n."sources", n."answer", {_ACT} '
        f'FROM {lake.table("closed_number")} AS n JOIN {lake.table("period_close")} AS p ON p."close_id" = n."close_id" '
        f'WHERE {chosen} ORDER BY n."metric", n."scope"',
        parameters,
    )
    acts = {row[6]: _closing(row[6:]) for row in rows}
    metrics = sorted({str(row[0]) for row in rows})
    known = {close_id: (definitions(lake, close_id), _inputs(lake, close_id, metrics)) for close_id in acts}
    for name, defined, calendar, rate_set, sources, answer, close_id, *_ in rows:
        definition, mine = known[close_id][0][defined], set(sources.split("; "))
        inputs = [one for one in known[close_id][1].get(name, ()) if one.source in mine]
        told = from_json(answer, inputs, definition)
        yield Closed(told, acts[close_id], Measured(definition, str(calendar)), str(rate_set), str(defined))


def find_closed(lake: Lake, metric: str, scope: str, period: Period) -> Closed | None:
    """Answers a number as it was closed; None where it was not."""
    return closed_numbers(lake, scope, period, metric).get(metric)


def closed_keys(lake: Lake, months: Sequence[Period]) -> frozenset[tuple[str, str, str]]:
    """Answers which numbers of these months are closed: (metric, scope, period)."""
    rows = lake.rows(
        f'SELECT n."metric", n."scope", n."period" FROM {lake.table("closed_number")} AS n '
        f'WHERE n."period" IN ({", ".join("?" for _ in months) or "NULL"})',
        [str(month) for month in months],
    )
    return frozenset((str(metric), str(scope), str(period)) for metric, scope, period in rows)


def closed_objectives(lake: Lake, scope: str, period: Period) -> dict[str, SloStatus]:
    """Answers how objectives stood at a scope as they were closed, by name."""
    rows = lake.rows(
        f'SELECT o."slo", o."answer" FROM {lake.table("closed_objective")} AS o WHERE o."scope" = ? AND o."period" = ? ORDER BY 1',
        [scope, str(period)],
    )
    return {str(name): objective_from_json(answer) for name, answer in rows}


def closed_values(lake: Lake, scope: str, months: Sequence[str]) -> Mapping[tuple[str, str], ClosedValue]:
    """Answers the closed values of a scope by metric and month; what is not closed is not there."""
    rows = lake.rows(
        f'SELECT n."metric", n."period", n."value", n."definition" FROM {lake.table("closed_number")} AS n '
        f'WHERE n."scope" = ? AND n."period" IN ({", ".join("?" for _ in months) or "NULL"}) ORDER BY 1, 2',
        [scope, *months],
    )
    return {(str(metric), str(month)): ClosedValue(value, str(definition)) for metric, month, value, definition in rows}


def definitions(lake: Lake, close_id: str) -> dict[str, Definition]:
    """Answers the definitions of an act, by the hash that they had then."""
    rows = lake.rows(
        f'SELECT d."definition", d."content" FROM {lake.table("closed_definition")} AS d WHERE d."close_id" = ? ORDER BY 1',
        [close_id],
    )
    return {str(hashed): Definition.model_validate_json(content) for hashed, content in rows}


def _inputs(lake: Lake, close_id: str, metrics: Sequence[str]) -> dict[str, list[BatchRows]]:
    """Answers the batches that fed these metrics, by metric, in the order of their sources and days."""
    rows = lake.rows(
        'SELECT i."metric", i."source", i."batch_id", i."delivery", i."rows", i."data_from", i."data_to" '
        f'FROM {lake.table("closed_input")} AS i WHERE i."close_id" = ? AND i."metric" IN ({", ".join("?" for _ in metrics)}) '
        "ORDER BY 1, 2, 6, 3",
        [close_id, *metrics],
    )
    found: dict[str, list[BatchRows]] = {}
    for metric, *batch in rows:
        found.setdefault(metric, []).append(BatchRows(*batch))
    return found
