"""Business time of 10M cases against the naive loop over days and hours, on a sample of 100,000: equal, and how much faster."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import holidays

from bench.group import ZONES
from bench.measure import SCRATCH, Outcome, seconds
from charter.performance import clock
from charter.values.business_calendar import BusinessCalendar, parse_hours

CASES = int(os.environ.get("BENCH_CASES", "10000000"))
SAMPLE = min(100_000, CASES)
HOURS = ("08:00-12:00", "13:00-17:00")
WEEK = ("mon", "tue", "wed", "thu", "fri")
_CASES = f"""
CREATE TABLE work AS SELECT i, CAST(hash(i) % {len(ZONES)} AS INTEGER) AS zone,
  1672531200 + CAST(hash(i + 1) % (1000 * 86400) AS BIGINT) AS begins,
  1672531200 + CAST(hash(i + 1) % (1000 * 86400) AS BIGINT) + CAST(hash(i + 2) % (14 * 86400) AS BIGINT) AS ends
FROM range($cases) AS r(i)
"""


def run() -> list[Outcome]:
    """Answers the outcome; raises where one case differs."""
    connection = duckdb.connect(config={"temp_directory": str(SCRATCH / "temp"), "memory_limit": "6GB"})
    connection.execute(_CASES, {"cases": CASES})
    _load_days(connection)
    begins, ends = clock.reading("w.begins", "d0"), clock.reading("w.ends", "d1")
    days = [clock.lookup("calendar_day", alias, "w.zone", at) for alias, at in (("d0", "w.begins"), ("d1", "w.ends"))]
    query = f"SELECT w.i, {ends} - {begins} AS seconds FROM work AS w {' '.join(days)}"
    ours = min(seconds(lambda: connection.execute(f"CREATE OR REPLACE TABLE worked AS {query}")) for _ in range(2))
    sample = connection.execute(
        f"SELECT w.zone, w.begins, w.ends, t.seconds FROM work AS w JOIN worked AS t ON t.i = w.i WHERE w.i < {SAMPLE}"
    ).fetchall()
    told: list[int] = []
    naive = seconds(lambda: told.extend(_naive(zone, begin, end) for zone, begin, end, _ in sample)) * CASES / SAMPLE
    wrong = [row for row, value in zip(sample, told, strict=True) if row[3] != value]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {SAMPLE} differ, first {wrong[0]}")
    times = naive / ours
    return [
        Outcome(
            f"business time of {CASES:,} cases", round(ours, 3), f"naive loop, {SAMPLE:,} scaled", round(naive, 3), ">= 50x faster",
            times >= 50, round(ours / naive, 4), "", {"times_faster": round(times), "equal_on": SAMPLE},
        )
    ]  # fmt: skip


def _load_days(connection: duckdb.DuckDBPyConnection) -> None:
    edges = ", ".join(f"open_{i} BIGINT, close_{i} BIGINT" for i in range(1, 5))
    connection.execute(f"CREATE TABLE calendar_day (calendar INTEGER, utc_day BIGINT, before_seconds BIGINT, {edges})")
    for at, zone in enumerate(ZONES):
        calendar = BusinessCalendar(zone, {day: parse_hours(HOURS) for day in WEEK}, country="de")
        rows = [
            (at, row.utc_day, row.before_seconds, *(edge for span in row.intervals for edge in span), *[0] * (8 - 2 * len(row.intervals)))
            for row in calendar.day_rows(date(2022, 12, 30), date(2026, 1, 5))
        ]  # fmt: skip
        columns = [[row[place] for row in rows] for place in range(11)]
        connection.execute(f"INSERT INTO calendar_day SELECT {', '.join('unnest(?)' for _ in columns)}", columns)


_OFF = holidays.country_holidays("DE", years=range(2022, 2027))
_ZONES = [ZoneInfo(name) for name in ZONES]


def _naive(zone: int, begin: int, end: int) -> int:
    """Day by day, hour by hour, in local time."""
    place = _ZONES[zone]
    day, last = datetime.fromtimestamp(begin, place).date(), datetime.fromtimestamp(end, place).date()
    worked = 0
    while day <= last:
        if day.weekday() < 5 and day not in _OFF:
            for opens, closes in ((8, 12), (13, 17)):
                start = int(datetime.combine(day, time(opens), place).astimezone(UTC).timestamp())
                stop = int(datetime.combine(day, time(closes), place).astimezone(UTC).timestamp())
                worked += max(0, min(stop, end) - max(start, begin))
        day += timedelta(days=1)
    return worked
