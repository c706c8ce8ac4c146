"""Business time in SQL: the clock reading of a calendar at an instant, by one look-up of the instant's UTC day.

The business seconds between two instants are the difference of two readings. `calendar_day` holds what was worked
before each UTC day, and up to four working intervals of it as epoch seconds; one that is missing begins and ends at 0.
"""

from __future__ import annotations

_INTERVALS = range(1, 5)


def epoch(instant: str) -> str:
    """Answers SQL for the whole epoch seconds of an instant (cut, not rounded)."""
    return f"CAST(FLOOR(EPOCH({instant})) AS BIGINT)"


def utc_day(seconds: str) -> str:
    """Answers SQL for the days since 1970-01-01 in UTC of an epoch second."""
    return f"CAST(FLOOR({seconds} / 86400) AS BIGINT)"


def reading(seconds: str, day: str) -> str:
    """Answers SQL for the business seconds of a calendar up to an epoch second; `day` is its calendar_day's alias.

    Null where the calendar has no such day.
    """
    worked = " + ".join(f'GREATEST(0, LEAST({seconds}, {day}."close_{i}") - {day}."open_{i}")' for i in _INTERVALS)
    return f'({day}."before_seconds" + {worked})'


def lookup(calendar_day: str, alias: str, calendar: str, seconds: str) -> str:
    """Answers the join that finds the calendar's day of an epoch second."""
    return f'LEFT JOIN {calendar_day} AS {alias} ON {alias}."calendar" = {calendar} AND {alias}."utc_day" = {utc_day(seconds)}'
