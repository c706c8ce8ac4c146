"""Epoch seconds as wall-clock time of a zone, and back."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

tz = cache(ZoneInfo)


def local(instant: int, zone: str) -> datetime:
    """Answers the wall-clock time of an instant."""
    return datetime.fromtimestamp(instant, tz(zone))


def day_of(instant: int, zone: str) -> date:
    """Answers the local day of an instant."""
    return datetime.fromtimestamp(instant, tz(zone)).date()


def at(zone: str, day: date, second: int) -> int:
    """Answers the epoch second of a wall-clock second of a local day."""
    return int(datetime(day.year, day.month, day.day, second // 3600, second // 60 % 60, second % 60, tzinfo=tz(zone)).timestamp())
