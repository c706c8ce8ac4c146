"""Business time: the working hours of a place, with its public holidays, time zone and daylight saving."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from charter.values.codes import VAL005, VAL006, VAL007

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECONDS_A_DAY = 86_400
MAX_INTERVALS = 4
Hours = tuple[tuple[int, int], ...]
"""Working intervals of a local day, in minutes of wall time since midnight."""

_EPOCH = date(1970, 1, 1)
_HOURS = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class DayRow:
    """Business time on one UTC day: seconds before it since the first, and up to four intervals in epoch seconds."""

    utc_day: int
    before_seconds: int
    intervals: tuple[tuple[int, int], ...]

    def until(self, instant: int) -> int:
        """Answers the business seconds from the first day until an instant of this UTC day."""
        return self.before_seconds + sum(min(max(instant - begin, 0), end - begin) for begin, end in self.intervals)


@dataclass(frozen=True)
class BusinessCalendar:
    """Working hours per weekday in local time, less holidays and closed days; `open_days` replace a day's hours."""

    time_zone: str
    hours: Mapping[str, Hours]
    country: str | None = None
    subdivision: str | None = None
    closed: frozenset[date] = frozenset()
    open_days: Mapping[date, Hours] = field(default_factory=dict)

    def hours_on(self, day: date) -> Hours:
        """Answers the working intervals of a local day."""
        if day in self.open_days:
            return self.open_days[day]
        if day in self.closed or day in public_holidays(self.country, self.subdivision, day.year):
            return ()
        return self.hours.get(WEEKDAYS[day.weekday()], ())

    def intervals(self, first: date, last: date) -> Iterable[tuple[int, int]]:
        """Yields the working intervals of the local days from `first` to `last` (inclusive), in epoch seconds.

        Wall times are turned into instants by the time zone; where a clock change leaves less or more of an
        interval, what really passes counts.
        """
        zone = ZoneInfo(self.time_zone)
        day = first
        while day <= last:
            for begin, end in self.hours_on(day):
                start, stop = _instant(day, begin, zone), _instant(day, end, zone)
                if stop > start:
                    yield start, stop
            day += timedelta(days=1)

    def day_rows(self, first: date, last: date) -> list[DayRow]:
        """Answers a row for each UTC day from `first` to `last` (inclusive): what SQL joins to count business time."""
        by_day: dict[int, list[tuple[int, int]]] = {}
        for start, stop in self.intervals(first - timedelta(days=2), last + timedelta(days=2)):
            while start < stop:
                utc_day = start // SECONDS_A_DAY
                cut = min(stop, (utc_day + 1) * SECONDS_A_DAY)
                by_day.setdefault(utc_day, []).append((start, cut))
                start = cut
        rows, before = [], 0
        for utc_day in range((first - _EPOCH).days, (last - _EPOCH).days + 1):
            pairs = _merged(by_day.get(utc_day, ()))
            if len(pairs) > MAX_INTERVALS:
                raise VAL006.exception(calendar=self.time_zone, n=len(pairs))
            rows.append(DayRow(utc_day, before, pairs))
            before += sum(end - begin for begin, end in pairs)
        return rows

    def elapsed(self, a: datetime, b: datetime) -> int:
        """Answers the business seconds between two instants with zone, whole seconds; negative if b is before a."""
        if b < a:
            return -self.elapsed(b, a)
        rows = {row.utc_day: row for row in self.day_rows(a.astimezone(UTC).date(), b.astimezone(UTC).date())}
        first, second = int(a.timestamp()), int(b.timestamp())
        return rows[second // SECONDS_A_DAY].until(second) - rows[first // SECONDS_A_DAY].until(first)


def _merged(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(pairs):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    moved, rest = divmod(minutes, 1440)
    local = datetime.combine(day + timedelta(days=moved), time(rest // 60, rest % 60), zone)
    return int(local.timestamp())


@lru_cache(maxsize=4096)
def public_holidays(country: str | None, subdivision: str | None, year: int) -> frozenset[date]:
    """Answers the public holidays of a country (and its part) in a year; none without a country."""
    if not country:
        return frozenset()
    from holidays import country_holidays

    try:
        return frozenset(country_holidays(country.upper(), subdiv=subdivision.upper() if subdivision else None, years=year))
    except NotImplementedError as error:
        raise VAL007.exception(country=f"{country}{f'-{subdivision}' if subdivision else ''}") from error


def parse_hours(texts: Iterable[str]) -> Hours:
    """Answers the working intervals that a calendar writes as 08:00-12:00; 24:00 is the end of the day."""
    found: list[tuple[int, int]] = []
    given = list(texts)
    for text in given:
        match = _HOURS.fullmatch(text.strip())
        if match is None:
            raise VAL005.exception(text=text)
        h1, m1, h2, m2 = (int(part) for part in match.groups())
        begin, end = h1 * 60 + m1, h2 * 60 + m2
        if m1 > 59 or m2 > 59 or not 0 <= begin < end <= 1440 or (found and begin < found[-1][1]):
            raise VAL005.exception(text=", ".join(given))
        found.append((begin, end))
    return tuple(found)


def always_open() -> BusinessCalendar:
    """Answers the calendar in which all time counts."""
    return BusinessCalendar("Etc/UTC", dict.fromkeys(WEEKDAYS, ((0, 1440),)))
