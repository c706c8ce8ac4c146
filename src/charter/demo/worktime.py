"""When people of a market work: open intervals of each local day as epoch seconds, and how work goes on over them."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import cache

from holidays import country_holidays

from charter.demo.clock import at
from charter.demo.country import Country


class Worktime:
    """The working hours of one market over a span of days."""

    def __init__(self, country: Country, first: date, last: date) -> None:
        self.country = country
        self.opens: list[int] = []
        self.closes: list[int] = []
        self.days: list[date] = []
        day = first
        while day <= last:
            if is_working(country, day):
                self.days.append(day)
                for begin, end in country.hours:
                    self.opens.append(at(country.zone, day, begin * 60))
                    self.closes.append(at(country.zone, day, end * 60))
            day += timedelta(days=1)

    def advance(self, start: int, seconds: int) -> int:
        """Answers when so many seconds of work are done that begin at `start`, or when the next hours open."""
        place = bisect_right(self.opens, start) - 1
        if place < 0 or start >= self.closes[place]:
            place += 1
            start = self.opens[place]
        while seconds > self.closes[place] - start:
            seconds -= self.closes[place] - start
            place += 1
            start = self.opens[place]
        return start + seconds


def is_working(country: Country, day: date) -> bool:
    """Answers whether the market works on the day."""
    return day.weekday() < 5 and day not in _holidays(country.code, day.year)


@cache
def _holidays(code: str, year: int) -> frozenset[date]:
    return frozenset(country_holidays(code.upper(), years=year))
