"""Paused clocks: found where only our own side acted, never where it is not told; and the two metrics beside the time."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import naive_orders as naive
import pytest
from naive_replay import replay as replay_by_loop
from paused_world import cases
from small_group import stands_under, worked

from charter.model.model import Model
from charter.performance.measure import rebuild_all
from charter.performance.number import Asked, number
from charter.performance.rules import Feeds
from charter.performance.slo import Objective
from charter.performance.suspects.paused import Paused, find_paused, met_only_so, teams, threshold_of
from charter.values.period import Period
from plain_lake import PlainLake

YEAR = Period.parse("2026")
FEEDS = Feeds({("desk", "e"): frozenset({"case_event", "fact_case"})})


def built(group: Model, events: list[dict[str, Any]]) -> PlainLake:
    lake = PlainLake()
    lake.put("case_event", events)
    rebuild_all(lake, group)
    return lake


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gamed_pauses_are_found_and_honest_ones_are_not(group: Model, seed: int) -> None:
    events, gamed = cases(seed, 300)
    found, _ = find_paused(built(group, events), "group", YEAR, "standard")
    told = {(one.case, one.began_at) for one in found}
    assert len(gamed) > 80
    assert len(told & gamed) / len(gamed) >= 0.95 and len(told & gamed) / len(told) >= 0.95


def test_what_a_case_would_have_taken_is_what_the_plain_loop_counts_of_open_time(group: Model) -> None:
    events, _ = cases(4, 120)
    found, _ = find_paused(built(group, events), "group", YEAR, "standard")
    gamed = {(one.case, one.began_at) for one in found}
    honest = [
        {**event, "state": "open" if (event["case_key"], event["occurred_at"]) in gamed else event["state"]} for event in events
    ]
    plain = replay_by_loop(honest, worked)
    assert found and {(one.case, one.episode): one.without for one in found} == {
        (one.case, one.episode): plain[one.case, one.episode]["business_seconds"] for one in found
    }


@pytest.mark.parametrize("untold", ["actor_side", "contact"])
def test_a_source_that_tells_no_actors_or_no_contacts_accuses_nobody_and_says_how_much_cannot_be_told(
    group: Model, untold: str
) -> None:
    events, gamed = cases(5, 100)
    found, judged = find_paused(built(group, [{**event, untold: None} for event in events]), "group", YEAR, "standard")
    assert found == []
    assert sum(one.untold for one in judged) >= len(gamed) > 0


def test_an_event_of_nobody_known_within_a_pause_may_have_been_the_answer(group: Model) -> None:
    events, gamed = cases(6, 100)
    lake = built(group, events)
    before = len(find_paused(lake, "group", YEAR, "standard")[0])
    case, began = sorted(gamed)[0]
    last = next(e for e in events if e["case_key"] == case and e["occurred_at"] == began)
    note = {**last, "row_key": last["row_key"] + "n", "state": "same", "actor_side": None, "contact": None}
    found, _ = find_paused(built(group, [*events, note]), "group", YEAR, "standard")
    assert len(found) == before - 1 and (case, began) not in {(one.case, one.began_at) for one in found}


def test_only_cases_resolved_in_the_period_under_the_scope_are_looked_at(group: Model) -> None:
    lake = built(group, cases(7, 60)[0])
    assert find_paused(lake, "branch/b1", YEAR, "standard")[0] == find_paused(lake, "market/de", YEAR, "standard")[0] != []
    assert find_paused(lake, "market/us", YEAR, "standard") == ([], [])
    assert find_paused(lake, "group", Period.parse("2025"), "standard") == ([], [])


def test_a_teams_share_stands_beside_the_others() -> None:
    found = teams([("a", "suspect", 6), ("a", "kept", 4), ("b", "kept", 19), ("b", "suspect", 1), (None, "untold", 3)])
    assert [(one.team, str(one.share), str(one.others_share), one.untold) for one in found] == [
        ("a", "0.600000", "0.050000", 0), ("b", "0.050000", "0.600000", 0), (None, "None", "0.233333", 3),
    ]  # fmt: skip
    assert found[0].interval is not None and found[0].interval[0] > Fraction(1, 4)


def test_a_target_is_that_of_the_strictest_objective_that_holds_for_the_case() -> None:
    one = Paused("group", "c", 1, None, datetime(2026, 1, 1, tzinfo=UTC), 60, 50, 100, 150, "incident", "1", None)
    held = [
        Objective("s", "s", "time-to-resolution", naive.Decimal("0.9"), "lte", seconds, where, None)
        for seconds, where in ((200, ()), (120, (("priority", "1"),)), (10, (("priority", "2"),)))
    ]
    assert threshold_of(one, held) == 120 and threshold_of(one, []) is None
    assert [met_only_so(one, limit) for limit in (99, 100, 120, 149, 150, None)] == [False, True, True, True, False, None]


@pytest.mark.parametrize("scope", ["group", "market/de", "market/us", "branch/b2"])
@pytest.mark.parametrize("period", ["2026-02", "2026-03", "2026"])
def test_pause_share_and_pauses_per_case_are_what_a_plain_loop_counts(group: Model, scope: str, period: str) -> None:
    events = [
        {**event, "serving_scope": ("branch/b1", "branch/b2", "branch/b3", None)[int(event["case_key"][1:]) % 4],
         "state": "closed_unconfirmed" if event["state"] == "resolved" and event["case_key"].endswith("7") else event["state"]}
        for event in cases(8, 120)[0]
    ]  # fmt: skip
    lake, span = built(group, events), Period.parse(period)
    days = {
        (case, episode): day
        for case, episode, day in lake.rows(f"SELECT case_key, episode, resolved_on FROM {lake.table('fact_case')}")
    }
    mine = [
        one for key, one in replay_by_loop(events, worked).items()
        if one["resolved_at"] and not one["unconfirmed"] and span.start <= days[key] < span.end
        and stands_under(one["serving_scope"], scope, days[key])
    ]  # fmt: skip
    waited, elapsed = (sum(one[name] for one in mine) for name in ("customer_wait_seconds", "elapsed_seconds"))
    found = {
        name: number(lake, group, name, scope, span, asked=Asked(FEEDS), beside=False).figure
        for name in ("case-pause-share", "pauses-per-case")
    }
    assert found["case-pause-share"].value == naive.share(waited, elapsed) and found["case-pause-share"].interval is None
    assert found["pauses-per-case"].value == naive.share(sum(one["pauses"] for one in mine), len(mine))
    assert scope != "group" or period != "2026" or found["pauses-per-case"].numerator
