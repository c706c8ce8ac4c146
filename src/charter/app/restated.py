"""What a closed number is today, and by what it differs: told beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from charter.app.codes import APP055
from charter.app.feeds import Asking
from charter.app.project import Advance, Project, day_of_look, now
from charter.app.wording import difference, reason_in_words, share_or_plain
from charter.errors import CharterError
from charter.model.model import Model
from charter.model.revision import Revision
from charter.performance.closing.adjustment import DATA, Adjustment, Restated, adjustment
from charter.performance.closing.record import Closed, Closing
from charter.performance.metric import find_metric
from charter.performance.number import Number
from charter.performance.number import number as read_number
from charter.performance.rate_table import rates_for
from charter.performance.scope import refuse_other
from charter.values.ratio import canonical
from charter.warehouse.lake import Lake


@dataclass(frozen=True)
class ClosedFacts:
    """When a number was closed and by which revision; what it is today, or why that cannot be said (`problem`)."""

    closing: Closing
    adjustment: Adjustment | None
    problem: CharterError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping; decimals as their canonical strings."""
        act, found = self.closing, self.adjustment
        return {
            "at": act.closed_at.isoformat(), "by": act.closed_by, "revision": act.revision, "model": act.model, "close": act.close_id,
            "restated": {"value": canonical(found.restated), "n": found.n} if found else None,
            "adjustment": {
                "total": canonical(found.total),
                "effects": [{"reason": one.reason, "value": canonical(one.value)} for one in found.effects],
                "changed": list(found.changed),
                "since": list(found.since),
            } if found else None,
            "problem": self.problem.message if self.problem else None,
        }  # fmt: skip

    def facts(self, unit: str, currency: str | None) -> list[tuple[str, str]]:
        """Answers the lines that stand below the value."""
        act = self.closing
        rows = [("closed", f"on {act.closed_at.date()} by {act.closed_by}, revision {act.revision}")]
        found = self.adjustment
        if found is None:
            why = self.problem.message if self.problem else "unknown"
            return [*rows, ("today", f"cannot be said: {why}")]
        if found.total == 0:
            return [*rows, ("today", "the same")]
        told = "–" if found.restated is None else share_or_plain(found.restated, unit)
        told = f"{found.currency} {told}" if unit == "money" and found.currency and found.restated is not None else told
        rows.append(("today", told if found.total is None else f"{told}, {difference(found.total, unit, currency)}"))
        if found.total is None:
            rows.append(("", _why_not_compared(found, currency)))
        for one in found.effects:
            rows.append((f"by {reason_in_words(one.reason)}", difference(one.value, unit, currency)))
            rows += [("", line) for line in first_of(found.since) if one.reason == DATA]
        return rows


def _why_not_compared(found: Adjustment, currency: str | None) -> str:
    if found.missing_rates:
        return f"no rate for {', '.join(found.missing_rates)}"
    if found.closed is None or found.restated is None:
        return "one of the two has no value"
    return f"not compared: closed in {currency}, and told in {found.currency} since orders in another currency came"


def first_of(lines: Iterable[str], limit: int = 3) -> list[str]:
    """Answers the first lines, and how many more there are."""
    every = list(lines)
    more = [f"and {len(every) - limit:,} more"] if len(every) > limit else []
    return [*every[:limit], *more]


@dataclass(frozen=True)
class TodayIs:
    """A closed number's facts, and the number as it is today; None where that cannot be said."""

    facts: ClosedFacts
    number: Number | None


def restate(project: Project, lake: Lake, model: Model, one: Closed, advance: Advance) -> TodayIs:
    """Answers what a closed number is today, and by what it differs.

    What today's model or lake cannot answer (a metric that is gone, a lake that was measured by another model) hides nothing of
    what was closed: it is told as a problem.
    """
    was, period = one.number, one.closing.period
    try:
        refuse_other(lake, model)
        asked = Asking(project, lake, model, was.scope, now(), None).about(was.metric)
        found = read_number(lake, model, was.metric, was.scope, period, asked=asked)
        metric = find_metric(model, was.metric, was.scope)
        rates = rates_for(lake, model.settings.currency, metric.spec.rate_set, period.end - timedelta(days=1))
    except CharterError as error:
        return TodayIs(ClosedFacts(one.closing, None, error), None)
    again = Restated(found, metric, rates)
    try:
        return TodayIs(
            ClosedFacts(one.closing, adjustment(lake, model, one, again, lambda: closing_model(project, one.closing), advance)),
            found,
        )
    except CharterError as error:
        return TodayIs(ClosedFacts(one.closing, None, error), found)


def closing_model(project: Project, closing: Closing) -> Model:
    """Answers the model that held at a close, on the day of the close; raises where that revision is not there any more."""
    revision: Revision | None = next((one for one in project.revisions.log() if one.seq == closing.revision), None)
    if revision is None:
        raise APP055.exception(revision=closing.revision, period=closing.period)
    return project.revisions.workspace(revision).model(day_of_look(project, closing.closed_at))
