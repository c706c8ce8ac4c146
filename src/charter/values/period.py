"""Periods: a year, quarter, month, week, day, or any stretch of days; half-open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from charter.values.codes import VAL001

_FORMS = (
    ("year", re.compile(r"(\d{4})")),
    ("quarter", re.compile(r"(\d{4})-Q([1-4])")),
    ("month", re.compile(r"(\d{4})-(\d{2})")),
    ("week", re.compile(r"(\d{4})-W(\d{2})")),
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
)


FIRST_YEAR, LAST_YEAR = 1900, 2199
"""No commerce is older or further ahead: another year is a slip."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` (inclusive) until `end` (exclusive); `label` is how people write it."""

    start: date
    end: date
    label: str
    form: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Answers the period that a person wrote: 2013, 2013-Q2, 2013-06, 2013-W23, 2013-06-07 or from/to (to exclusive)."""
        try:
            for form, pattern in _FORMS:
                found = pattern.fullmatch(text.strip())
                if found and not FIRST_YEAR <= int(found.group(1)) <= LAST_YEAR:
                    raise ValueError(f"year {found.group(1)}")
                if found:
                    return _of(form, [int(part) for part in found.groups()])
            start, slash, end = text.strip().partition("/")
            if slash and not FIRST_YEAR <= date.fromisoformat(start).year <= date.fromisoformat(end).year <= LAST_YEAR + 1:
                raise ValueError("year")
            if slash and date.fromisoformat(start) < date.fromisoformat(end):
                return cls(date.fromisoformat(start), date.fromisoformat(end), text.strip(), "days")
        except ValueError as error:
            raise VAL001.exception(text=text) from error
        raise VAL001.exception(text=text)

    def contains(self, day: date) -> bool:
        """Answers whether the day lies in it."""
        return self.start <= day < self.end

    def previous(self) -> Period:
        """Answers the period of the same form directly before."""
        if self.form == "days":
            length = self.end - self.start
            return Period(self.start - length, self.start, f"{self.start - length}/{self.start}", "days")
        return containing(self.start - timedelta(days=1), self.form)

    def year_before(self) -> Period:
        """Answers the same period a year earlier; for weeks and days, 52 weeks earlier."""
        if self.form in ("year", "quarter", "month"):
            return containing(self.start.replace(year=self.start.year - 1), self.form)
        back = timedelta(weeks=52)
        if self.form == "days":
            return Period(self.start - back, self.end - back, f"{self.start - back}/{self.end - back}", "days")
        return containing(self.start - back, self.form)

    def months(self) -> tuple[Period, ...]:
        """Answers the calendar months that it touches, in order."""
        found, day = [], self.start
        while day < self.end:
            month = containing(day, "month")
            found.append(month)
            day = month.end
        return tuple(found)

    def __str__(self) -> str:
        return self.label


def containing(day: date, form: str) -> Period:
    """Answers the period of a form (year, quarter, month, week, day) that holds the day."""
    if form == "week":
        year, week, _ = day.isocalendar()
        return _of(form, [year, week])
    parts = {"year": [day.year], "quarter": [day.year, (day.month + 2) // 3], "month": [day.year, day.month]}
    return _of(form, parts.get(form, [day.year, day.month, day.day]))


def _of(form: str, parts: list[int]) -> Period:
    year = parts[0]
    if form == "year":
        return Period(date(year, 1, 1), date(year + 1, 1, 1), f"{year:04}", form)
    if form == "quarter":
        first = parts[1] * 3 - 2
        return Period(date(year, first, 1), _month_after(year, first + 2), f"{year:04}-Q{parts[1]}", form)
    if form == "month":
        return Period(date(year, parts[1], 1), _month_after(year, parts[1]), f"{year:04}-{parts[1]:02}", form)
    if form == "week":
        start = date.fromisocalendar(year, parts[1], 1)
        return Period(start, start + timedelta(weeks=1), f"{year:04}-W{parts[1]:02}", form)
    start = date(year, parts[1], parts[2])
    return Period(start, start + timedelta(days=1), start.isoformat(), "day")


def _month_after(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
