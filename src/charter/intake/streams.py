"""Streams: parts of a source that must not fall silent, and since when they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from charter.intake.kinds import SourceSpec, Stream
from charter.values.period import Period, containing

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_DAYS = {
    "fact_order": ("order_record", "ordered_on"),
    "fact_order_line": ("fact_order_line", "ordered_on"),
    "fact_invoice_line": ("fact_invoice_line", "invoiced_on"),
    "fact_case": ("case_event", "CAST(occurred_at AS DATE)"),
    "fact_defect": ("fact_defect", "CAST(found_at AS DATE)"),
}


@dataclass(frozen=True, slots=True)
class Silence:
    """That a stream said nothing from a day until another (exclusive), though its rhythm promised rows."""

    stream: str
    since: date
    until: date
    reason: str
    scope: str = "group"
    feeds: tuple[str, ...] = ()


def silent_periods(rhythm: str, grace: int, active: Iterable[date], first: date | None, as_of: date) -> list[Period]:
    """Answers the periods of a rhythm without a row, from the source's first day until those that must be known by now.

    Args:
        rhythm: day, week or month.
        grace: days after a period's end by which its rows are known.
        active: any day in each period that has rows.
        first: the first day that the source tells of; before it nothing was promised.
        as_of: the day of the question.
    """
    if first is None:
        return []
    heard = {containing(day, rhythm).start for day in active}
    found, period = [], containing(first, rhythm)
    while period.end + timedelta(days=grace) <= as_of:
        if period.start not in heard:
            found.append(period)
        period = containing(period.end, rhythm)
    return found


def silent_streams(lake: Lake, source: str, spec: SourceSpec, as_of: date) -> list[Silence]:
    """Answers each silence of each stream of a source; neighbouring periods become one."""
    if not spec.streams:
        return []
    row = lake.one(
        f"SELECT min(data_from) FROM {lake.table('batch')} WHERE source = $source AND state = 'taken'", {"source": source}
    )
    first: date | None = row[0] if row else None
    active = _activity(lake, source, spec.streams)
    found = []
    for stream in spec.streams:
        silent = silent_periods(stream.rhythm, stream.grace, active.get(stream.id, ()), first, as_of)
        found += [Silence(stream.id, since, until, "not received", stream.scope, stream.feeds) for since, until in _joined(silent)]
    return found


def _activity(lake: Lake, source: str, streams: Iterable[Stream]) -> Mapping[str, set[date]]:
    found: dict[str, set[date]] = {}
    for fact in sorted({fact for stream in streams for fact in stream.feeds if fact in _DAYS}):
        table, day = _DAYS[fact]
        rows = lake.rows(
            f"SELECT stream, {day} AS on_day FROM {lake.table(table)} WHERE source = $source AND stream IS NOT NULL "
            "GROUP BY ALL HAVING on_day IS NOT NULL",
            {"source": source},
        )
        for stream, on_day in rows:
            found.setdefault(stream, set()).add(on_day)
    return found


def _joined(periods: Iterable[Period]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for period in periods:
        if found and found[-1][1] == period.start:
            found[-1] = (found[-1][0], period.end)
        else:
            found.append((period.start, period.end))
    return found
