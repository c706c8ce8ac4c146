"""The cube as it was at a close, read by the same steps as today's; and the proof that closed numbers still follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from charter.errors import nearest_hint
from charter.performance.closing.record import Closed, Closing, rates_of
from charter.performance.closing.store import definitions, numbers_of
from charter.performance.closing.write import COPIES
from charter.performance.codes import PRF014
from charter.performance.figure import Figure
from charter.performance.identity import NOBODY
from charter.performance.number import Reader, Row
from charter.performance.plan import Place, Plan
from charter.performance.rates import Rates
from charter.performance.reading import known_breakdowns
from charter.performance.roll_up import LEVELS, Under
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


@contextmanager
def as_closed(lake: Lake, closing: Closing, tables: tuple[str, ...] = tuple(COPIES), *, copied: bool = False) -> Iterator[None]:
    """In the block these tables (the cube and dim_scope) are what was copied at the close; `copied`: for many reads."""
    queries = {name: _query(lake, name) for name in tables}
    if "cube_member" in tables:
        queries["account_identity"] = NOBODY
    with lake.instead(queries, copied=copied, close_id=closing.close_id):
        yield


def _query(lake: Lake, name: str) -> str:
    columns = ", ".join(f'c."{column}"' for column in TABLES[name].column_names())
    return f'SELECT {columns} FROM {lake.table(COPIES[name])} AS c WHERE c."close_id" = $close_id'


def closed_plan(lake: Lake, closing: Closing) -> Plan:
    """Answers where the components of the closed definitions lie in the closed cube."""
    rows = lake.rows(
        'SELECT c."definition", c."calendar", c."component", c."series", c."kind", c."slot", c."dimensions" '
        f'FROM {lake.table("closed_component")} AS c WHERE c."close_id" = ? ORDER BY 1, 2, 3',
        [closing.close_id],
    )
    known = definitions(lake, closing.close_id)
    places = {
        (known[defined].hash, calendar, component): Place(series, kind, slot, json.loads(dimensions))
        for defined, calendar, component, series, kind, slot, dimensions in rows
    }
    return Plan({}, places)


def closed_rates(lake: Lake, closing: Closing, rate_set: str) -> Rates:
    """Answers the rates of exchange that the close converted by."""
    rows = lake.rows(
        f'SELECT r."currency", r."rate_on", r."rate" FROM {lake.table("closed_rate")} AS r '
        'WHERE r."close_id" = ? AND r."rate_set" = ? ORDER BY 1, 2 NULLS FIRST',
        [closing.close_id, rate_set],
    )
    return rates_of(closing.home, rate_set, rows)


def closed_reader(lake: Lake, one: Closed, scope: str) -> Reader:
    """Answers a reader of the closed cells, to be used where `as_closed` holds."""
    return Reader(lake, closed_plan(lake, one.closing), one.measured, Under(scope), closed_rates(lake, one.closing, one.rate_set))


def closed_breakdown(lake: Lake, one: Closed, by: str) -> tuple[Row, ...]:
    """Answers the rows of a closed number by one of its dimensions, by scopes or by days, from the closed cells."""
    period, known = one.closing.period, tuple(known_breakdowns(one.measured))
    if by not in known:
        raise PRF014.exception(metric=one.number.metric, by=by, near=nearest_hint(by, known, f"use one of {', '.join(known)}"))
    reader = closed_reader(lake, one, one.number.scope)
    with as_closed(lake, one.closing):
        return reader.breakdown((period.start, period.end), by)


@dataclass(frozen=True, slots=True)
class Recount:
    """A closed number worked out anew: whether it is what was closed, and both."""

    metric: str
    scope: str
    period: str
    closed: Figure
    again: Figure

    @property
    def holds(self) -> bool:
        """Answers whether it is what was closed. What no source fed was closed without a value, whatever its empty cells give."""
        return self.closed.n == self.again.n if self.closed.value is None else self.closed == self.again

    def __str__(self) -> str:
        was, now = self.closed, self.again
        told = f"{self.metric} at {self.scope} for {self.period}"
        return f"{told} was closed as {was.value} (n {was.n}); its cells give {now.value} (n {now.n})"


def recount(lake: Lake, closing: Closing) -> Iterator[Recount]:
    """Yields each number of an act of closing, beside what the closed tables alone give."""
    alike: dict[tuple[str, str, str], list[Closed]] = {}
    for one in numbers_of(lake, closing):
        counted_by = f"{one.measured.definition.hash} {one.measured.calendar}"
        alike.setdefault((one.number.metric, counted_by, one.rate_set), []).append(one)
    plan = closed_plan(lake, closing)
    rates = {name: closed_rates(lake, closing, name) for name in {rate_set for _, _, rate_set in alike}}
    with as_closed(lake, closing, copied=True):
        for (_, _, rate_set), many in alike.items():
            top = Reader(lake, plan, many[0].measured, Under("group"), rates[rate_set])
            again = _by_scope(top, closing, [one.number.scope for one in many])
            for one in many:
                told = one.number
                yield Recount(told.metric, told.scope, told.period, told.figure, again[told.scope])


def _by_scope(top: Reader, closing: Closing, scopes: list[str]) -> Mapping[str, Figure]:
    span = (closing.period.start, closing.period.end)
    found: dict[str, Figure] = {}
    for level in LEVELS:
        if any(scope.startswith(f"{level}/") for scope in scopes):
            found |= {str(row.key): row.figure for row in top.breakdown(span, level) if row.key is not None}
    if "group" in scopes:
        found["group"] = top.figure(span)
    missing = [scope for scope in scopes if scope not in found]
    if missing:  # where nothing was counted, all have the same empty figure
        empty = replace(top, under=Under(missing[0])).figure(span)
        found |= dict.fromkeys(missing, empty)
    return {scope: found[scope] for scope in scopes}
