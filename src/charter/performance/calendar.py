"""Which calendar times which scope, and its days as rows that SQL can look up.

A scope's timeline follows its calendar as it stood on each day: a change of hours, of time zone, or of the market that
the scope hangs under takes effect on its day. Scopes with the same timeline share one calendar.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from charter.model.ref import Ref, parse_ref
from charter.performance.codes import PRF013
from charter.performance.kinds import WEEK, CalendarSpec
from charter.performance.relation import quoted
from charter.performance.scope import stood, time_zone
from charter.values.business_calendar import BusinessCalendar, DayRow, parse_hours
from charter.values.validity import Validity

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

# No further back and ahead of the model's day than this: one wrong year in the data must not make a million rows.
YEARS_BACK, YEARS_AHEAD = 30, 5
_ROW = ("calendar", "utc_day", "before_seconds", *(f"{edge}_{i}" for i in range(1, 5) for edge in ("open", "close")))


@dataclass(frozen=True)
class Timeline(BusinessCalendar):
    """A business calendar that is another one from some days on; outside its segments nothing is known."""

    segments: tuple[tuple[Validity, BusinessCalendar], ...] = ()

    def intervals(self, first: date, last: date) -> Iterable[tuple[int, int]]:
        """Yields the working intervals of the local days, each by the calendar in force on it."""
        for valid, calendar in self.segments:
            begin = max(first, valid.begin or first)
            end = last if valid.end is None else min(last, valid.end - timedelta(days=1))
            if begin <= end:
                yield from calendar.intervals(begin, end)

    def knows(self, first: date, last: date) -> tuple[date, date] | None:
        """Answers the days within these of which anything is known."""
        begins = [valid.begin for valid, _ in self.segments]
        ends = [valid.end for valid, _ in self.segments]
        begin = first if None in begins else max(first, min(one for one in begins if one))
        end = last if None in ends else min(last, max(one for one in ends if one) - timedelta(days=1))
        return (begin, end) if begin <= end else None

    @property
    def hash(self) -> str:
        """Answers the identity of the timeline: 16 hex digits over all that decides its working time."""
        body = [[str(valid.begin), str(valid.end), _content(calendar)] for valid, calendar in self.segments]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def _content(calendar: BusinessCalendar) -> list[Any]:
    days = {str(day): hours for day, hours in sorted(calendar.open_days.items())}
    closed = sorted(map(str, calendar.closed))
    return [calendar.time_zone, sorted(calendar.hours.items()), calendar.country, calendar.subdivision, closed, days]


def timelines(model: Model, name: str) -> dict[str, Timeline]:
    """Answers the timeline of `Calendar:name` for each scope that ever has one; it stands in the group."""
    ref = parse_ref(f"Calendar:{name}")
    if ref is None or ref not in model.written_refs():
        return {}
    changes = model.boundaries(ref)
    kept: dict[str, BusinessCalendar] = {}
    found = {scope: _timeline(model, ref, scope, changes, kept) for scope in model.tree.scopes()}
    return {scope: timeline for scope, timeline in found.items() if timeline is not None}


def timeline(model: Model, name: str, scope: str) -> Timeline | None:
    """Answers the timeline of `Calendar:name` for one scope; None where it never has one."""
    ref = parse_ref(f"Calendar:{name}")
    if ref is None or scope not in model.tree or ref not in model.written_refs():
        return None
    return _timeline(model, ref, scope, model.boundaries(ref), {})


def _timeline(model: Model, ref: Ref, scope: str, changes: Collection[date], kept: dict[str, BusinessCalendar]) -> Timeline | None:
    segments = []
    for valid, day in stood(model, scope, changes):
        effective = model.workspace.model(day).effective(ref, scope)
        if effective is not None:
            zone = effective.spec.time_zone or time_zone(model, scope, day)
            key = f"{zone} {effective.spec!r}"
            kept[key] = kept.get(key) or business_calendar(effective.spec, zone)
            segments.append((valid, kept[key]))
    return Timeline("Etc/UTC", {}, segments=_joined(segments)) if segments else None


def _joined(segments: Sequence[tuple[Validity, BusinessCalendar]]) -> tuple[tuple[Validity, BusinessCalendar], ...]:
    """Segments that follow each other with the same calendar become one, so that equal timelines are equal."""
    found: list[tuple[Validity, BusinessCalendar]] = []
    for valid, calendar in segments:
        if found and found[-1][1] is calendar and found[-1][0].end == valid.begin:
            found[-1] = (Validity(found[-1][0].begin, valid.end), calendar)
        else:
            found.append((valid, calendar))
    return tuple(found)


def business_calendar(spec: CalendarSpec, zone: str) -> BusinessCalendar:
    """Answers the calendar that a document's spec says, in this time zone; raises for hours that cannot be read."""
    unknown = sorted(set(spec.hours) - set(WEEK))
    if unknown:
        raise PRF013.exception(calendar="Calendar", reason=f"hours names {', '.join(unknown)}")
    return BusinessCalendar(
        time_zone=zone,
        hours={day: parse_hours(texts) for day, texts in spec.hours.items()},
        country=spec.country,
        subdivision=spec.subdivision,
        closed=frozenset(spec.closed),
        open_days={date.fromisoformat(day): parse_hours(texts) for day, texts in spec.open.items()},
    )


@dataclass(frozen=True, slots=True)
class Calendars:
    """All timelines in use: by calendar document and scope, each with its id."""

    ids: Mapping[tuple[str, str], str]
    timelines: Mapping[str, Timeline]

    @property
    def hash(self) -> str:
        """Answers the identity of it all: what is built under it must be built again when it changes."""
        return hashlib.sha256(json.dumps(sorted((*key, one) for key, one in self.ids.items())).encode()).hexdigest()[:16]


def calendars(model: Model, names: Iterable[str]) -> Calendars:
    """Answers the timelines of these Calendar documents for all scopes, each content once."""
    ids: dict[tuple[str, str], str] = {}
    found: dict[str, Timeline] = {}
    for name in sorted(set(names)):
        for scope, timeline in timelines(model, name).items():
            identity = f"{name}-{timeline.hash}"
            ids[name, scope] = identity
            found[identity] = timeline
    return Calendars(ids, found)


def write_calendars(lake: Lake, held: Calendars, first: date, last: date) -> None:
    """Makes scope_calendar and calendar_day hold these calendars for the UTC days, if they do not already."""
    scopes = sorted((name, scope, identity) for (name, scope), identity in held.ids.items())
    _replace(lake, "scope_calendar", ("name", "scope", "calendar"), scopes)
    known = lake.rows(
        f'SELECT d."calendar", MIN(d."utc_day"), MAX(d."utc_day") FROM {lake.table("calendar_day")} AS d GROUP BY 1 ORDER BY 1'
    )
    spans = {identity: timeline.knows(first, last) for identity, timeline in sorted(held.timelines.items())}
    wanted = [(identity, *(_utc_day(day) for day in span)) for identity, span in spans.items() if span]
    if [tuple(row) for row in known] == wanted:
        return
    rows = [_row(identity, row) for identity, span in spans.items() if span for row in held.timelines[identity].day_rows(*span)]
    _replace(lake, "calendar_day", _ROW, rows, compare=False)


def _utc_day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _row(identity: str, row: DayRow) -> tuple[Any, ...]:
    edges = [edge for interval in row.intervals for edge in interval]
    return (identity, row.utc_day, row.before_seconds, *edges, *[0] * (8 - len(edges)))


def _replace(lake: Lake, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, compare: bool = True) -> None:
    """Makes the table hold just these rows; where it does already, nothing is written."""
    listed = ", ".join(quoted(column) for column in columns)
    if compare and sorted(lake.rows(f"SELECT {listed} FROM {lake.table(table)}"), key=repr) == sorted(rows, key=repr):
        return
    lake.execute(f"DELETE FROM {lake.table(table)}")
    lake.insert(table, columns, rows)


def days_of_data(lake: Lake, model: Model) -> tuple[date, date] | None:
    """Answers the whole years that the instants of orders and cases lie in, within 30 years back and 5 ahead."""
    order, event = lake.table("fact_order"), lake.table("case_event")
    instants = [f"SELECT MIN({pick}), MAX({pick}) FROM {order}" for pick in ('"received_at"', '"entered_at"', '"confirmed_at"')]
    instants += [f"SELECT MIN({pick}), MAX({pick}) FROM {event}" for pick in ('"opened_at"', '"occurred_at"')]
    edges = [edge for query in instants for row in lake.rows(query) for edge in row if edge is not None]
    if not edges:
        return None
    low, high = model.as_of.year - YEARS_BACK, model.as_of.year + YEARS_AHEAD
    years = [year for edge in edges if low <= (year := edge.year) <= high]
    if not years:
        return None
    return date(min(years) - 1, 12, 31), date(max(years) + 1, 1, 1)
