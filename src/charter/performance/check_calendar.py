"""What of a calendar cannot be read: told at the weekday, the day or the zone that is wrong, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from charter.errors import CharterError, Finding, nearest_hint
from charter.performance.calendar import business_calendar
from charter.performance.codes import PRF013
from charter.performance.kinds import WEEK, CalendarSpec
from charter.performance.scope import time_zone
from charter.values.business_calendar import MAX_INTERVALS, parse_hours, public_holidays

if TYPE_CHECKING:
    from charter.model.model import Effective, Model

# Any week will do: it shows whether a UTC day would hold more intervals than the tables have room for.
_SOME_MONDAY = date(2024, 3, 4)


def calendar_findings(model: Model, effective: Effective) -> Iterator[Finding]:
    """Answers what of a calendar cannot be read."""
    zone = effective.spec.time_zone or time_zone(model, effective.scope, model.as_of)
    found = [*_hours(effective), *_days(effective), *_place(effective, zone)]
    yield from found
    if not found:
        yield from _crowded(effective, zone)


def _finding(effective: Effective, path: tuple[str, ...], reason: str, hint: str | None) -> Finding:
    origin = effective.origin(("spec", *path))
    return PRF013.finding(origin, layer=effective.scope, calendar=effective.ref, reason=reason, hint=hint)


def _tried(effective: Effective, path: tuple[str, ...], attempt: Callable[[], object]) -> Iterator[Finding]:
    try:
        attempt()
    except CharterError as error:
        yield _finding(effective, path, error.message, error.hint)


def _hours(effective: Effective) -> Iterator[Finding]:
    spec: CalendarSpec = effective.spec
    for day, texts in spec.hours.items():
        if day not in WEEK:
            near = nearest_hint(day, WEEK, f"weekdays are {', '.join(WEEK)}")
            yield _finding(effective, ("hours", day), f"{day} is no weekday", near)
        yield from _intervals(effective, ("hours", day), texts)


def _days(effective: Effective) -> Iterator[Finding]:
    spec: CalendarSpec = effective.spec
    for day, texts in spec.open.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            yield _finding(effective, ("open", day), f"{day} is no day", "write the day as 2026-12-19")
        yield from _intervals(effective, ("open", day), texts)


def _intervals(effective: Effective, path: tuple[str, ...], texts: Iterable[str]) -> Iterator[Finding]:
    given = tuple(texts)
    if len(given) > MAX_INTERVALS:
        yield _finding(effective, path, f"it has {len(given)} intervals; {MAX_INTERVALS} are allowed", None)
    yield from _tried(effective, path, lambda: parse_hours(given))


def _place(effective: Effective, zone: str) -> Iterator[Finding]:
    spec: CalendarSpec = effective.spec
    yield from _tried(effective, ("country",), lambda: public_holidays(spec.country, spec.subdivision, _SOME_MONDAY.year))
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        yield _finding(effective, ("timeZone",), f"there is no time zone {zone}", "write one such as Europe/Berlin")


def _crowded(effective: Effective, zone: str) -> Iterator[Finding]:
    """Four intervals of a local day may be five of a day in UTC, where one of them lies across midnight there."""
    spec: CalendarSpec = effective.spec
    calendar = business_calendar(spec, zone)
    yield from _tried(effective, ("hours",), lambda: calendar.day_rows(_SOME_MONDAY, _SOME_MONDAY + timedelta(days=7)))
