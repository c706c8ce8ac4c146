"""Paused clocks: pauses that nobody but our own side began and ended, with no question to the customer and no answer.

The steps stand in sql/paused_*.sql, on the events as the replay of cases places them. A pause is a suspect only where all of
that is told; where it is not told who acted, or whether somebody was asked, it is `untold`, and accuses nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.performance.replay import PACKAGE
from charter.performance.roll_up import Under
from charter.performance.slo import Objective
from charter.values.interval import share_interval
from charter.values.ratio import divide

if TYPE_CHECKING:
    from charter.performance.cube import Advance
    from charter.values.period import Period
    from charter.warehouse.lake import Lake

_STEPS = 4


@dataclass(frozen=True, slots=True)
class Paused:
    """One suspect pause: `seconds` in calendar and `worked` in business time; the case's business time as told and without."""

    scope: str
    case: str
    episode: int
    team: str | None
    began_at: datetime
    seconds: int
    worked: int | None
    business_seconds: int | None
    without: int | None
    case_type: str | None
    priority: str | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class Team:
    """How many of a team's pauses are suspects, among those that can be judged, with the others' share beside it."""

    team: str | None
    suspects: int
    judged: int
    untold: int
    share: Decimal | None
    interval: tuple[Decimal, Decimal] | None
    others_share: Decimal | None
    others_interval: tuple[Decimal, Decimal] | None


def find_paused(
    lake: Lake, scope: str, period: Period, calendar: str, *, org_as_of: date | None = None, advance: Advance | None = None
) -> tuple[list[Paused], list[Team]]:
    """Answers the suspect pauses of cases that were resolved under the scope in the period, and the teams.

    `calendar` names the Calendar that times cases. Cases closed after silence are in no time to resolution, and not here.
    """
    _place(lake, Under(scope, org_as_of), period)
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE replay_member AS SELECT DISTINCT c.case_key, c.case_key AS head_key FROM temp.paused_case AS c"
    )
    for done, name in enumerate(("replay_event", "paused_event")):
        _tell(advance, done)
        lake.execute(lake.text(PACKAGE, name))
    lake.execute(lake.text(PACKAGE, "paused_pause"), {"calendar": calendar})
    _tell(advance, _STEPS - 1)
    found = [Paused(*row) for row in lake.stream(lake.text(PACKAGE, "paused_found"))]
    verdicts = lake.stream("SELECT p.team, p.verdict, COUNT(*) FROM temp.paused_pause AS p GROUP BY p.team, p.verdict")
    judged = teams((team, str(verdict), int(count)) for team, verdict, count in verdicts)
    _tell(advance, _STEPS)
    return found, judged


def _tell(advance: Advance | None, done: int) -> None:
    if advance is not None:
        advance("pauses", done, _STEPS, "steps")


def _place(lake: Lake, under: Under, period: Period) -> None:
    """Makes temp.paused_case: the resolved episodes with a pause, under the scope as it stood that day."""
    join, join_values = under.join(lake, "resolved_on")
    where, where_values = under.where()
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE paused_case AS SELECT c.case_key, c.episode, c.scope, c.business_seconds, c.case_type, "
        "c.priority, c.channel FROM (SELECT f.case_key, f.episode, COALESCE(f.serving_scope, 'group') AS scope, "
        "f.business_seconds, f.case_type, f.priority, f.channel, f.resolved_on "
        f"FROM {lake.table('fact_case')} AS f WHERE f.pauses > 0 AND NOT f.unconfirmed AND f.resolved_on >= ? "
        f"AND f.resolved_on < ?) AS c {join} WHERE {where}",
        [period.start, period.end, *join_values, *where_values],
    )


def teams(verdicts: Iterable[tuple[str | None, str, int]]) -> list[Team]:
    """Answers each team by its share of suspect pauses, the greatest first; shares are of the pauses that can be judged."""
    counts: dict[str | None, Counter[str]] = {}
    for team, verdict, count in verdicts:
        counts.setdefault(team, Counter())[verdict] += count
    suspects = sum(one["suspect"] for one in counts.values())
    judged = sum(one["suspect"] + one["kept"] for one in counts.values())
    found = []
    for team, one in counts.items():
        mine, of = one["suspect"], one["suspect"] + one["kept"]
        rest, rest_of = suspects - mine, judged - of
        found.append(
            Team(
                team, mine, of, one["untold"], divide(mine, of), share_interval(mine, of), divide(rest, rest_of),
                share_interval(rest, rest_of),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-(one.share or 0), one.team is None, one.team or ""))


def threshold_of(one: Paused, objectives: Iterable[Objective]) -> int | None:
    """Answers the seconds in which this case was to be resolved: of the objectives that hold for it, the strictest."""
    facts = {"type": one.case_type, "priority": one.priority, "channel": one.channel}
    held = [
        each.threshold
        for each in objectives
        if each.threshold is not None and each.op in ("lte", "lt") and all(facts.get(name) == value for name, value in each.where)
    ]
    return min(held, default=None)


def met_only_so(one: Paused, threshold: int | None) -> bool | None:
    """Answers whether the target was met because of the suspect pauses only; None where there is no target or no time."""
    if threshold is None or one.business_seconds is None or one.without is None:
        return None
    return one.business_seconds <= threshold < one.without
