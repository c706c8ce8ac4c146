"""How long a task is open, in business time, and when it is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from charter.values.business_calendar import BusinessCalendar
from charter.values.duration import in_words

HOUR = 3_600
DAY_HOURS = 8
"""A day of the clock: eight business hours, wherever it runs."""
FURTHEST_DAYS = 730


@dataclass(frozen=True)
class Clock:
    """What a task's clock says: business seconds spent and allowed; `due_at` None: resolved, or not within two years."""

    spent: int
    allowed: int
    due_at: datetime | None

    @property
    def overdue(self) -> bool:
        """Answers whether it took longer than it may."""
        return self.spent > self.allowed

    @property
    def text(self) -> str:
        """Answers the clock for people: `3 d 2 h of 5 d`."""
        return f"{spoken(self.spent)} of {spoken(self.allowed)}"


def clock(spans: Iterable[tuple[datetime, datetime | None]], calendar: BusinessCalendar, hours: int, now: datetime) -> Clock:
    """Answers the clock of a task over the times in which it was open; the last without an end: until now."""
    pairs = list(spans)
    spent = sum(calendar.elapsed(begin, max(begin, end or now)) for begin, end in pairs)
    last, end = pairs[-1]
    if end is not None:
        return Clock(spent, hours * HOUR, None)
    before = sum(calendar.elapsed(begin, stop) for begin, stop in pairs[:-1] if stop)
    return Clock(spent, hours * HOUR, due(calendar, last, hours * HOUR - before))


def due(calendar: BusinessCalendar, begin: datetime, seconds: int) -> datetime | None:
    """Answers the instant at which so many business seconds have passed since `begin`; None: not within two years."""
    left, start = seconds, int(begin.timestamp())
    if left <= 0:
        return begin
    # The day before in UTC: where `begin` lies the local day may be another one.
    first = begin.astimezone(UTC).date() - timedelta(days=1)
    for opens, closes in calendar.intervals(first, first + timedelta(days=FURTHEST_DAYS)):
        opens = max(opens, start)
        if closes - opens >= left > 0:
            return datetime.fromtimestamp(opens + left, UTC)
        left -= max(closes - opens, 0)
    return None


def spoken(seconds: int) -> str:
    """Answers business time for people, in days of eight hours and hours: `3 d 2 h`; below an hour in minutes."""
    days, rest = divmod(seconds, DAY_HOURS * HOUR)
    if not days:
        return in_words(rest - rest % 60) if rest >= 60 else "0 h"
    hours = rest // HOUR
    return f"{days:,} d {hours} h" if hours else f"{days:,} d"
