"""The clock of a task against what was counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.tasks.clock import clock, due, spoken
from charter.values.business_calendar import WEEKDAYS, BusinessCalendar, always_open

BERLIN = ZoneInfo("Europe/Berlin")
# 08:00 to 12:00 and 13:00 to 17:00 on working days, and what Germany closes.
GERMANY = BusinessCalendar("Europe/Berlin", dict.fromkeys(WEEKDAYS[:5], ((480, 720), (780, 1020))), "de")
HOUR = 3600


def at(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=BERLIN)


def test_a_weekend_and_a_public_holiday_do_not_count() -> None:
    # Thursday 30 April 2026, 15:00; Friday is 1 May; then the weekend; Monday 4 May, 10:30.
    # By hand: Thursday 15 to 17 are 2 h, Monday 8 to 10:30 are 2 h 30.
    found = clock([(at("2026-04-30", "15:00"), None)], GERMANY, 16, at("2026-05-04", "10:30"))
    assert (found.spent, found.text, found.overdue) == (4 * HOUR + 1800, "4 h 30 min of 2 d", False)
    # By hand: 16 h less the 2 of Thursday and the 8 of Monday are 6 h into Tuesday: 8 to 12 and 13 to 15.
    assert found.due_at == at("2026-05-05", "15:00").astimezone(UTC)


def test_it_is_overdue_after_the_last_second_and_not_at_it() -> None:
    begin = at("2026-04-30", "15:00")
    last = at("2026-05-05", "15:00")
    assert not clock([(begin, None)], GERMANY, 16, last).overdue
    assert clock([(begin, None)], GERMANY, 16, last + timedelta(seconds=1)).overdue


def test_the_time_in_which_it_was_resolved_does_not_count() -> None:
    # Monday 10 to 12 are 2 h; resolved until Tuesday 14; then 3 h of Tuesday and 1 h of Wednesday.
    spans = [(at("2026-06-08", "10:00"), at("2026-06-08", "12:00")), (at("2026-06-09", "14:00"), None)]
    found = clock(spans, GERMANY, 8, at("2026-06-10", "09:00"))
    assert found.spent == 6 * HOUR
    assert found.due_at == at("2026-06-10", "11:00").astimezone(UTC)


def test_a_resolved_task_stands_still_and_is_due_no_more() -> None:
    found = clock([(at("2026-06-08", "10:00"), at("2026-06-08", "12:00"))], GERMANY, 1, at("2027-01-01", "12:00"))
    assert (found.spent, found.due_at, found.overdue) == (2 * HOUR, None, True)


def test_a_calendar_without_working_hours_makes_nothing_due() -> None:
    assert due(BusinessCalendar("Etc/UTC", {}), at("2026-06-08", "10:00"), HOUR) is None


@pytest.mark.parametrize(("seconds", "told"), [
    (0, "0 h"), (59, "0 h"), (744, "12 min"), (HOUR, "1 h"), (7 * HOUR + 60, "7 h 1 min"), (8 * HOUR, "1 d"),
    (26 * HOUR + 1799, "3 d 2 h"), (40 * HOUR, "5 d"),
])  # fmt: skip
def test_business_time_is_told_in_days_of_eight_hours(seconds: int, told: str) -> None:
    assert spoken(seconds) == told


@given(
    minutes=st.integers(0, 60 * 24 * 400),
    hours=st.integers(1, 100),
    calendar=st.sampled_from([GERMANY, always_open(), BusinessCalendar("America/New_York", dict.fromkeys(WEEKDAYS, ((0, 1440),)))]),
)
def test_when_it_is_due_just_what_is_allowed_has_been_spent(minutes: int, hours: int, calendar: BusinessCalendar) -> None:
    begin = datetime.combine(date(2026, 1, 1), datetime.min.time(), UTC) + timedelta(minutes=minutes)
    until = due(calendar, begin, hours * HOUR)
    assert until is not None
    assert calendar.elapsed(begin, until) == hours * HOUR
