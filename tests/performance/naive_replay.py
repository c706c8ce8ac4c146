"""A second, plain implementation of the replay of cases: one case at a time, one event after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

DONE = {"resolved", "closed", "closed_unconfirmed", "cancelled"}
Event = Mapping[str, Any]


def replay(
    events: Sequence[Event], worked: Callable[[str | None, datetime, datetime], int | None]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Answers the episodes by (case, number). `worked(scope, a, b)` is the business time between two instants."""
    by_case: dict[str, list[Event]] = {}
    for event in events:
        by_case.setdefault(event["case_key"], []).append(event)
    for mine in by_case.values():
        mine.sort(key=_order)
    into = {}
    for case, mine in by_case.items():
        merges = [e["merged_into"] for e in mine if e.get("merged_into") and e["merged_into"] != case]
        if merges:
            into[case] = merges[-1]
    heads = {case: _head(case, into, by_case) for case in by_case}
    result = {}
    for case, mine in by_case.items():
        if heads[case] != case:
            continue
        family = [e for other, events_ in by_case.items() if heads[other] == case for e in events_]
        start = min(min(e.get("opened_at") or e["occurred_at"], e["occurred_at"]) for e in family)
        for number, episode in enumerate(_episodes(mine, start, worked), start=1):
            result[case, number] = episode
    return result


def _order(event: Event) -> tuple[Any, ...]:
    sequence = event.get("sequence")
    return (
        sequence is not None,
        sequence or 0,
        event["occurred_at"],
        event["row_key"],
        event["source"],
        event["entity"],
    )


def _head(case: str, into: Mapping[str, str], known: Mapping[str, Any]) -> str:
    seen = [case]
    while seen[-1] in into:
        following = into[seen[-1]]
        if following in seen:
            return case  # a cycle: nobody is a duplicate
        seen.append(following)
    return seen[-1] if seen[-1] in known else case


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _episodes(events: Sequence[Event], start: datetime, worked: Callable[..., int | None]) -> list[dict[str, Any]]:
    clock, state = start, "open"
    timeline: list[tuple[datetime, str, Event | None]] = [(start, "open", None)]
    for event in events:
        clock = max(clock, event["occurred_at"])
        state = state if event["state"] == "same" else event["state"]
        timeline.append((clock, state, event))
    runs: list[list[tuple[datetime, str, Event | None]]] = [[]]
    ended: datetime | None = None
    before = "open"
    reopened = [0]
    for moment, now, told in timeline:
        if now not in DONE and before in DONE:
            assert ended is not None
            if _whole(moment) - _whole(ended) > timedelta(days=14):
                runs.append([])
                reopened.append(0)
            else:
                reopened[-1] += 1
        if now in DONE and before not in DONE:
            ended = moment
        runs[-1].append((moment, now, told))
        before = now
    first = {key: next((e[key] for e in events if e.get(key) is not None), None) for key in ("source", "stream", "channel")}
    known: dict[str, Any] = dict.fromkeys(("case_type", "priority", "serving_scope", "account_key"))
    return [_measure(run, known, first, count, worked) for run, count in zip(runs, reopened, strict=True)]


def _measure(
    run: Sequence[tuple[datetime, str, Event | None]],
    known: dict[str, Any],
    first: Mapping[str, Any],
    reopenings: int,
    worked: Callable[..., int | None],
) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    priorities, pauses, end = [], 0, None
    for place, (_, state, event) in enumerate(run):
        known.update({key: event[key] for key in known if event is not None and event.get(key) is not None})
        told.append(dict(known))
        if known["priority"] is not None:
            priorities.append(known["priority"])
        earlier = run[place - 1][1] if place else "open"
        pauses += state == "waiting_customer" and earlier != "waiting_customer"
        if state in DONE and (place == 0 or earlier not in DONE):
            end = place
    final = run[-1][1]
    resolved = final in DONE and end is not None and run[end][1] != "cancelled"
    as_told = told[end] if resolved and end is not None else told[-1]
    episode = {
        "opened_at": run[0][0],
        "resolved_at": run[end][0] if resolved and end is not None else None,
        "state": final,
        "unconfirmed": resolved and final == "closed_unconfirmed",
        "priority": min(priorities, default=None),
        "pauses": pauses,
        "reopenings": reopenings,
        **{key: as_told[key] for key in ("case_type", "serving_scope", "account_key")},
        **first,
    }
    sums = {
        "calendar_seconds": 0,
        "customer_wait_seconds": 0,
        "business_seconds": 0,
        "customer_wait_business_seconds": 0,
    }
    timed = True
    for (since, state, _), (until, _, _) in zip(run, run[1:], strict=False):
        if state in DONE:
            continue
        waits = state == "waiting_customer"
        sums["customer_wait_seconds" if waits else "calendar_seconds"] += int((_whole(until) - _whole(since)).total_seconds())
        business = worked(episode["serving_scope"], since, until)
        timed = timed and business is not None
        sums["customer_wait_business_seconds" if waits else "business_seconds"] += business or 0
    for name, value in sums.items():
        episode[name] = value if resolved and (timed or "business" not in name) else None
    elapsed = _whole(episode["resolved_at"]) - _whole(run[0][0]) if resolved else None
    episode["elapsed_seconds"] = int(elapsed.total_seconds()) if elapsed is not None else None
    return episode
