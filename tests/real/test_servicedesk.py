"""The service desk from its log to its resolution times, against a replay by hand that walks each incident and each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.app.project import Project
from charter.app.run import RunReport, run

AT = datetime(2017, 6, 1, tzinfo=UTC)
LOG = "uci_servicenow/events.parquet"
DONE = ("Resolved", "Closed")
DAY_OPENS, DAY_CLOSES = 8, 18
CLOSED_DAYS = (date(2016, 12, 26), date(2017, 1, 2))
FORTNIGHT = timedelta(days=14)
WAITING_IS = {"time-to-resolution": "out", "time-to-resolution-calendar": "out", "time-to-resolution-elapsed": "in"}


@pytest.fixture(scope="module")
def desk(lay_out: Callable[[str], Project]) -> tuple[Project, RunReport]:
    project = lay_out("adventure")
    return project, run(project, at=AT, only=["desk"])


@dataclass(frozen=True)
class Incident:
    """One incident as walked by hand: the month of its last resolution, and its times in seconds."""

    month: str
    worked: int
    without_waiting: int
    with_waiting: int


def moment(text: str) -> datetime:
    day, clock = text.split(" ")
    d, m, y = (int(part) for part in day.split("/"))
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(y, m, d, hour, minute)


def open_seconds(start: datetime, end: datetime) -> int:
    """Walks the days from start to end and adds what the desk was open: 08:00 to 18:00, Monday to Friday."""
    total, day = 0, start.date()
    while day <= end.date():
        if day.weekday() < 5 and day not in CLOSED_DAYS:
            midnight = datetime(day.year, day.month, day.day)
            begin, close = midnight + timedelta(hours=DAY_OPENS), midnight + timedelta(hours=DAY_CLOSES)
            low, high = max(start, begin), min(end, close)
            total += max(0, int((high - low).total_seconds()))
        day += timedelta(days=1)
    return total


def walked(events: list[tuple[int, datetime, str, datetime]]) -> list[Incident]:
    """Walks one incident; a reopening more than a fortnight after the last resolution begins another episode."""
    events = sorted(events)
    at = min(events[0][3], min(event[1] for event in events))
    state, ended = "New", None
    legs: list[tuple[datetime, datetime, str]] = []
    episodes, opened = [], at
    for _, updated, told, _ in events:
        now = max(at, updated)
        becomes = state if told == "-100" else told
        legs.append((at, now, state))
        if state in DONE and becomes not in DONE and ended is not None and now - ended > FORTNIGHT:
            episodes.append(closed(opened, ended, legs))
            legs, opened = [], now
        if becomes in DONE and state not in DONE:
            ended = now
        at, state = now, becomes
    if state in DONE and ended is not None:
        episodes.append(closed(opened, ended, legs))
    return episodes


def closed(opened: datetime, ended: datetime, legs: list[tuple[datetime, datetime, str]]) -> Incident:
    ours = [(start, end) for start, end, state in legs if state not in (*DONE, "Awaiting User Info")]
    return Incident(
        ended.strftime("%Y-%m"),
        sum(open_seconds(start, end) for start, end in ours),
        sum(int((end - start).total_seconds()) for start, end in ours),
        int((ended - opened).total_seconds()),
    )


@pytest.fixture(scope="module")
def by_hand(data: Path) -> list[Incident]:
    rows = duckdb.execute(f"SELECT number, sys_mod_count, sys_updated_at, incident_state, opened_at FROM '{data / LOG}'").fetchall()
    events: dict[str, list[tuple[int, datetime, str, datetime]]] = defaultdict(list)
    for incident, order, updated, state, opened in rows:
        events[incident].append((int(order), moment(updated), state, moment(opened)))
    return [one for many in events.values() for one in walked(many)]


def told(seconds: list[int]) -> dict[str, Any]:
    """n, sum, mean to six decimals, and nearest-rank quantiles: the k-th smallest, k = ceil(q x n)."""
    ranked, n = sorted(seconds), len(seconds)
    mean = (Decimal(sum(ranked)) / n).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    return {"n": n, "sum": sum(ranked), "mean": mean, "p50": ranked[-(-n * 50 // 100) - 1], "p90": ranked[-(-n * 90 // 100) - 1]}


def picked(incidents: list[Incident]) -> dict[str, dict[str, Any]]:
    return {
        "time-to-resolution": told([one.worked for one in incidents]),
        "time-to-resolution-calendar": told([one.without_waiting for one in incidents]),
        "time-to-resolution-elapsed": told([one.with_waiting for one in incidents]),
    }


def test_every_row_of_the_log_is_accounted_for(desk: tuple[Project, RunReport], data: Path) -> None:
    rows = duckdb.execute(f"SELECT count(*) FROM '{data / LOG}'").fetchone()[0]
    (line,) = desk[1].accounts
    assert (line.received, line.accepted, line.excluded, line.quarantined, line.balances) == (rows, rows, 0, 0, True)


def test_what_is_missing_in_the_log_is_counted_and_not_held(desk: tuple[Project, RunReport], data: Path) -> None:
    wanted = duckdb.execute(
        f"""SELECT count(*) FILTER (location = '?'), count(*) FILTER (caller_id = '?'), count(*) FILTER (category = '?')
            FROM '{data / LOG}'"""
    ).fetchone()
    with desk[0].reading() as lake:
        rows = lake.rows(
            f"SELECT rule, failed FROM {lake.table('contract_result')} WHERE severity = 'warn' AND rule LIKE '%:missingValues'"
        )
    found = {str(rule).partition(":")[0]: int(failed) for rule, failed in rows}
    assert (found["location"], found["caller_id"], found["category"]) == wanted


def test_resolution_times_of_each_month_and_of_all_are_those_of_the_replay_by_hand(
    desk: tuple[Project, RunReport], by_hand: list[Incident], asking: Any
) -> None:
    months = sorted({one.month for one in by_hand})
    groups = {month: [one for one in by_hand if one.month == month] for month in months}
    groups |= {year: [one for one in by_hand if one.month.startswith(year)] for year in ("2016", "2017")}
    wrong = []
    with asking(desk[0], AT) as ask:
        for period, incidents in groups.items():
            for metric, theirs in picked(incidents).items():
                found = ask(metric, "group", period)
                spread = found.figure.times["total"]
                ours = {"n": spread.n, "sum": spread.total, "mean": spread.mean, "p50": spread.p50, "p90": spread.p90}
                if ours != theirs or found.value != theirs["mean"]:
                    wrong.append((period, metric, ours, theirs))
    assert len(months) == 13
    assert wrong == []


def test_waiting_for_the_user_is_what_the_two_times_differ_by(
    desk: tuple[Project, RunReport], by_hand: list[Incident], asking: Any
) -> None:
    with asking(desk[0], AT) as ask:
        found = ask("time-to-resolution-elapsed", "group", "2016")
    year = [one for one in by_hand if one.month.startswith("2016")]
    assert found.figure.values["elapsed_seconds"] == sum(one.with_waiting for one in year)
    assert sum(one.with_waiting for one in year) > sum(one.without_waiting for one in year) > sum(one.worked for one in year)


def test_no_market_is_invented_for_the_incidents(desk: tuple[Project, RunReport], asking: Any) -> None:
    with asking(desk[0], AT) as ask:
        at_market = ask("time-to-resolution", "market/us", "2016-04")
        whole = ask("time-to-resolution", "group", "2016-04", by="market")
    assert (at_market.value, at_market.n) == (None, 0)
    assert not at_market.certified
    assert "nothing was counted" in at_market.why_not_certified
    assert [(row.key, row.figure.n) for row in whole.breakdown] == [(None, whole.n)]
