"""Validity: from a day (inclusive) until another (exclusive); None is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Validity:
    """A half-open stretch of days."""

    begin: date | None = None
    end: date | None = None

    def contains(self, day: date) -> bool:
        """Answers whether the day lies in it."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)

    def intersect(self, other: Validity) -> Validity | None:
        """Answers the days that both hold, or None if there are none."""
        begin = max((day for day in (self.begin, other.begin) if day is not None), default=None)
        end = min((day for day in (self.end, other.end) if day is not None), default=None)
        return None if begin is not None and end is not None and begin >= end else Validity(begin, end)

    def overlaps(self, other: Validity) -> bool:
        """Answers whether there is a day that both hold."""
        return self.intersect(other) is not None
