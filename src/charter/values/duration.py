"""Durations: whole seconds as people read them, and ISO 8601."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from charter.values.codes import VAL004

_ISO = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = ((3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration of the calendar (months, days) and of the clock (seconds)."""

    months: int
    days: int
    seconds: int

    def after(self, day: date) -> date:
        """Answers the day that lies so much later; a day that the month does not have becomes its last."""
        count = day.year * 12 + day.month - 1 + self.months
        year, month = divmod(count, 12)
        last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        return date(year, month + 1, min(day.day, last)) + timedelta(days=self.days, seconds=self.seconds)


def parse_duration(text: str) -> Duration:
    """Answers the duration that an ISO 8601 text writes, such as P60D, PT4H or P1M."""
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        raise VAL004.exception(text=text)
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Duration(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)


def in_words(seconds: Decimal | int) -> str:
    """Answers whole seconds as people read them, by the two greatest units: `3 h 12 min`.

    Never in days: a day of business time is not a day of the calendar, and 27 h are 27 h in both.
    """
    left = int(Decimal(seconds).to_integral_value())
    sign, left = ("−" if left < 0 else ""), abs(left)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count:,} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return sign + " ".join(parts)
