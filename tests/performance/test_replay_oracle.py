"""Cases replayed by SQL against a plain loop over each case's events: one case at a time, one event after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_replay import replay
from small_group import SCOPES, local_day, worked

from charter.model.model import Model
from charter.performance.measure import prepare
from charter.performance.replay import replay as replay_by_sql
from charter.performance.replay import touch_all
from plain_lake import PlainLake

Event = dict[str, Any]
# Around both clock changes (8 and 29 March), the move of b2 (15 March), the opening of b4, Epiphany, Presidents' Day, Easter.
_NEAR = [datetime(2026, *day, tzinfo=UTC) for day in ((1, 5), (2, 14), (3, 7), (3, 14), (3, 28), (4, 2))]
_STATES = ("same", "open", "waiting_customer", "waiting_supplier", "resolved", "closed", "closed_unconfirmed", "cancelled")
_instants = st.builds(
    lambda day, seconds, micros: day + timedelta(seconds=seconds, microseconds=micros),
    st.sampled_from(_NEAR),
    st.one_of(st.integers(0, 5 * 86_400), st.integers(0, 40 * 86_400), st.just(14 * 86_400), st.just(14 * 86_400 + 1)),
    st.sampled_from([0, 0, 1, 999_999]),
)
_CASES = ("c1", "c2", "c3", "c4")
_events = st.fixed_dictionaries(
    {"case_key": st.sampled_from(_CASES), "occurred_at": _instants, "state": st.sampled_from(_STATES)},
    optional={
        "sequence": st.integers(1, 9),
        "opened_at": _instants,
        "case_type": st.sampled_from(["incident", "return"]),
        "priority": st.sampled_from(["1", "2", "3"]),
        "channel": st.sampled_from(["phone", "mail"]),
        "serving_scope": st.sampled_from(SCOPES),
        "account_key": st.sampled_from(["a1", "a2"]),
        "stream": st.sampled_from(["s1", "s2"]),
        "merged_into": st.one_of(st.none(), st.none(), st.sampled_from([*_CASES, "c9"])),
    },
)


def told(events: Sequence[Event]) -> list[Event]:
    """The events as rows of case_event: with the identity that intake gives them."""
    same = {"source": "desk", "entity": "events", "content_hash": "h", "batch_id": "b"}
    return [{**event, **same, "row_key": f"r{place:03d}"} for place, event in enumerate(events)]


def of_loop(events: Sequence[Event]) -> dict[tuple[str, int], dict[str, Any]]:
    found = replay(events, worked)
    for (case, number), one in found.items():
        one |= {"case_key": case, "episode": number}
        one["resolved_on"] = local_day(one["serving_scope"], one["resolved_at"]) if one["resolved_at"] else None
    return found


@pytest.fixture(scope="module")
def desk(group: Model) -> PlainLake:
    """A lake with the calendars of the year, made once: only the cases change."""
    lake = PlainLake()
    lake.put("case_event", told([event("anchor", "2026-06-01T08:00", "open")]))
    prepare(lake, group)
    return lake


def replayed(lake: PlainLake, events: Sequence[Event]) -> dict[tuple[str, int], dict[str, Any]]:
    """The episodes that SQL makes of just these events."""
    for table in ("case_event", "case_merge", "fact_case"):
        lake.execute(f"DELETE FROM {lake.table(table)}")
    lake.put("case_event", events)
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_cell (fact VARCHAR, scope VARCHAR, day DATE)")
    touch_all(lake)
    replay_by_sql(lake, "standard")
    rows = lake.dicts(f"SELECT * FROM {lake.table('fact_case')}")
    return {(row["case_key"], row["episode"]): row for row in rows}


@given(st.lists(_events, min_size=1, max_size=18).map(told))
def test_every_episode_is_what_a_plain_loop_over_its_events_gives(desk: PlainLake, events: list[Event]) -> None:
    assert replayed(desk, events) == of_loop(events)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(case: str, when: str, state: str, **more: Any) -> Event:
    return {"case_key": case, "occurred_at": at(when), "state": state, **more}


def hours(lake: PlainLake, *events: Event) -> list[tuple[Any, ...]]:
    """Each episode: case, episode, state, business and calendar hours, pauses, reopenings; counted the same by the loop."""
    rows = told(events)
    found = replayed(lake, rows)
    assert found == of_loop(rows)
    return [
        (case, number, one["state"], *(None if one[name] is None else one[name] / 3600 for name in ("business_seconds", "calendar_seconds")),
         one["pauses"], one["reopenings"])
        for (case, number), one in sorted(found.items())
    ]  # fmt: skip


def test_a_night_and_a_holiday_do_not_count_in_business_time(desk: PlainLake) -> None:
    # Monday 5 January 16:00 in Berlin to Thursday 8 January 09:00: Epiphany and the closed 7th lie between.
    found = hours(
        desk, event("c", "2026-01-05T15:00", "open", serving_scope="branch/b1"), event("c", "2026-01-08T08:00", "resolved")
    )
    assert found == [("c", 1, "resolved", 2.0, 65.0, 0, 0)]


def test_the_hour_that_the_clock_skips_is_not_worked(desk: PlainLake) -> None:
    # Sunday 29 March, 01:00 to 04:00 in Berlin: two hours pass, since 02:00 becomes 03:00.
    berlin = hours(
        desk, event("c", "2026-03-28T20:00", "open", serving_scope="market/de"), event("c", "2026-03-29T20:00", "resolved")
    )
    york = hours(
        desk, event("c", "2026-03-28T20:00", "open", serving_scope="market/us"), event("c", "2026-03-29T20:00", "resolved")
    )
    assert (berlin[0][3], york[0][3]) == (2.0, 3.0)


def test_waiting_for_the_customer_stops_the_clock_and_for_a_supplier_does_not(desk: PlainLake) -> None:
    start = event("c", "2026-01-12T08:00", "open")
    end = event("c", "2026-01-12T12:00", "resolved")
    customer = hours(desk, start, event("c", "2026-01-12T09:00", "waiting_customer"), event("c", "2026-01-12T11:00", "open"), end)
    supplier = hours(desk, start, event("c", "2026-01-12T09:00", "waiting_supplier"), event("c", "2026-01-12T11:00", "open"), end)
    assert customer == [("c", 1, "resolved", 2.0, 2.0, 1, 0)]
    assert supplier == [("c", 1, "resolved", 4.0, 4.0, 0, 0)]


def test_reopened_within_fourteen_days_the_clock_goes_on_and_a_second_later_it_is_a_new_episode(desk: PlainLake) -> None:
    start = [event("c", "2026-01-12T08:00", "open"), event("c", "2026-01-12T09:00", "resolved")]
    within = [event("c", "2026-01-26T09:00", "open"), event("c", "2026-01-26T10:00", "closed")]
    after = [event("c", "2026-01-26T09:00:01", "open"), event("c", "2026-01-26T10:00:01", "closed")]
    assert hours(desk, *start, *within) == [("c", 1, "closed", 2.0, 2.0, 0, 1)]
    assert hours(desk, *start, *after) == [("c", 1, "resolved", 1.0, 1.0, 0, 0), ("c", 2, "closed", 1.0, 1.0, 0, 0)]


def test_a_merged_duplicate_gives_its_earlier_start_and_counts_no_more(desk: PlainLake) -> None:
    found = hours(
        desk,
        event("old", "2026-01-12T08:00", "open"),
        event("old", "2026-01-12T10:00", "closed", merged_into="new"),
        event("new", "2026-01-12T09:00", "open"),
        event("new", "2026-01-12T11:00", "resolved"),
    )
    assert found == [("new", 1, "resolved", 3.0, 3.0, 0, 0)]


def test_members_of_a_circle_of_merges_count_each_for_itself(desk: PlainLake) -> None:
    found = hours(
        desk,
        event("a", "2026-01-12T08:00", "open", merged_into="b"), event("a", "2026-01-12T09:00", "resolved"),
        event("b", "2026-01-12T08:00", "open", merged_into="a"), event("b", "2026-01-12T11:00", "resolved"),
    )  # fmt: skip
    assert [(case, business) for case, _, _, business, *_ in found] == [("a", 1.0), ("b", 3.0)]


def test_the_highest_priority_reached_is_kept_and_closing_after_silence_is_marked(desk: PlainLake) -> None:
    rows = told(
        [
            event("c", "2026-01-12T08:00", "open", priority="3"),
            event("c", "2026-01-12T09:00", "same", priority="1"),
            event("c", "2026-01-12T10:00", "same", priority="2"),
            event("c", "2026-01-12T11:00", "closed_unconfirmed"),
        ]
    )
    [(_, one)] = replayed(desk, rows).items()
    assert (one["priority"], one["unconfirmed"], one["business_seconds"]) == ("1", True, 3 * 3600)
    assert {("c", 1): one} == of_loop(rows)


def test_business_time_before_a_branch_opened_is_unknown_and_calendar_time_is_not(desk: PlainLake) -> None:
    found = hours(
        desk, event("c", "2026-02-13T08:00", "open", serving_scope="branch/b4"), event("c", "2026-02-16T09:00", "resolved")
    )
    assert found == [("c", 1, "resolved", None, 73.0, 0, 0)]
