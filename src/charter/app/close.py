"""Closing a period: what its numbers are today is kept for good, metric by metric as each is mature."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from charter.app.codes import APP050, APP051, APP052, APP053, APP054, APP057
from charter.app.engine import refuse_behind
from charter.app.feeds import feeds_of, owner_fact
from charter.app.ownership import matrix_of
from charter.app.project import Advance, Project, bound, day_of_look, now, silent
from charter.app.wording import counted
from charter.errors import CharterError, nearest_hint
from charter.model.model import Model
from charter.model.ref import Ref
from charter.performance.closing.prepare import Prepared, prepare
from charter.performance.closing.record import Closing
from charter.performance.closing.store import ClosedMetric, closed_metrics
from charter.performance.closing.write import record
from charter.performance.metric import find_metric, in_use, matures_on
from charter.performance.number import Asked, cube_plan
from charter.performance.scope import refuse_other
from charter.values.period import Period
from charter.warehouse.lake import Lake
from charter.warehouse.opening import holding, open_held, open_reader

FORMS = ("month", "quarter", "year")
CLOSED, BEFORE, PROVISIONAL, FAILED = "closed", "closed before", "provisional", "not closed"


@dataclass(frozen=True)
class CloseLine:
    """What became of one metric: closed (now or before), provisional until a day, or not closed, and why.

    `reason` says why it was not closed; of one that was, what most of its scopes lack to be certified.
    """

    metric: str
    title: str
    state: str
    mature_on: date | None = None
    scopes: int = 0
    certified: int = 0
    closed_at: datetime | None = None
    reason: str | None = None

    @property
    def told(self) -> str:
        """Answers what stands beside the state."""
        if self.state == PROVISIONAL:
            return f"mature on {self.mature_on}"
        if self.state == BEFORE and self.closed_at:
            return f"on {self.closed_at.date()}"
        if self.state != CLOSED:
            return self.reason or ""
        told = f"{self.certified:,} of {counted(self.scopes, 'scope')} certified"
        return f"{told}; most often: {self.reason}" if self.reason else told


@dataclass(frozen=True)
class CloseReport:
    """What a close did, or in a dry run would do: a line for each metric."""

    period: str
    dry_run: bool
    revision: int
    closed_by: str
    at: datetime
    lines: tuple[CloseLine, ...]

    def count(self, state: str) -> int:
        """Answers how many metrics are in a state."""
        return sum(1 for line in self.lines if line.state == state)

    def in_words(self) -> str:
        """Answers the close in one line."""
        now_closed = self.count(CLOSED)
        parts = [(BEFORE, "closed before"), (PROVISIONAL, "provisional"), (FAILED, "not closed")]
        rest = ", ".join(f"{self.count(state):,} {what}" for state, what in parts if self.count(state))
        verb = "would be closed" if self.dry_run else "closed"
        return f"{self.period}: {counted(now_closed, 'metric')} {verb} by revision {self.revision}{f'; {rest}' if rest else ''}"

    def as_dict(self) -> dict[str, Any]:
        """Answers the report as a plain mapping."""
        return asdict(self)


def close(
    project: Project,
    period: str,
    *,
    only: Sequence[str] = (),
    dry_run: bool = False,
    wait_seconds: float = 30,
    advance: Advance = silent,
    at: datetime | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> CloseReport:
    """Closes each mature metric of a period at every scope that sees it; all in one commit, or nothing.

    What was closed before stays as it is. A metric that cannot be answered, or is not mature, is told and left open.

    Raises:
        UsageError: no such period or metric; nothing was applied; a named metric is not mature.
        UnavailableError: another process writes, or the lake was measured by another model.
    """
    project = bound(project)
    moment = at or now()
    if project.revision is None:
        raise APP050.exception()
    span = _period(period)
    day = day_of_look(project, moment)
    if span.end > day:
        raise APP052.exception(period=span, day=span.end)
    model = project.model(day)
    refs = _wanted(model, only)
    with holding(project.store, holder="charter close", since=moment.isoformat(), wait_seconds=wait_seconds) as locks:
        with open_reader(project.store) as lake:
            refuse_other(lake, model)
            done = closed_metrics(lake, span)
            lines = [_line(model, ref, span, day, done) for ref in refs]
            _refuse_immature(lines, only, span)
            ready, lines = _prepared(project, lake, model, refs, lines, span, moment, advance)
            if ready and not any(one.number.n for metric in ready for one in metric.by_scope.values()):
                raise APP057.exception(period=span)
            act = Closing("", span, moment, f"{getpass.getuser()} (unauthenticated)", project.revision.seq,
                          project.workspace.manifest.hash, lake.snapshot(), model.settings.currency)  # fmt: skip
        if ready and not dry_run:
            with (
                open_held(project.store, kill_at=os.environ.get("CHARTER_KILL_AT"), on_phase=on_phase, locks=locks) as lake,
                lake.transaction(),
            ):
                refuse_behind(lake)
                record(lake, replace(act, close_id=_identity(act, ready)), ready, cube_plan(model))
    return CloseReport(str(span), dry_run, act.revision, act.closed_by, moment, tuple(lines))


def _period(text: str) -> Period:
    found = Period.parse(text)
    if found.form not in FORMS:
        raise APP051.exception(period=text)
    return found


def _wanted(model: Model, only: Sequence[str]) -> list[Ref]:
    refs = [ref for ref in model.all_refs("Metric") if model.tree.is_open(ref.home, model.as_of)]
    known = [ref.full_name for ref in refs]
    for name in only:
        if name not in known:
            raise APP053.exception(metric=name, near=nearest_hint(name, known, "`charter show Metric` lists them"))
    return [ref for ref in refs if not only or ref.full_name in only]


def _line(model: Model, ref: Ref, span: Period, day: date, done: dict[str, ClosedMetric]) -> CloseLine:
    name = ref.full_name
    if known := done.get(name):
        return CloseLine(name, known.title, BEFORE, known.mature_on, known.scopes, known.certified, known.closing.closed_at)
    try:
        metric = find_metric(model, name, ref.home)
    except CharterError as error:
        return CloseLine(name, name, FAILED, reason=error.message)
    mature = matures_on(in_use(model).get(name, (metric.measured,)), span.end)
    return CloseLine(name, metric.title, CLOSED if mature <= day else PROVISIONAL, mature)


def _refuse_immature(lines: Sequence[CloseLine], only: Sequence[str], span: Period) -> None:
    for line in lines:
        if only and line.state == PROVISIONAL:
            raise APP054.exception(metric=line.metric, period=span, day=line.mature_on)


def _prepared(
    project: Project, lake: Lake, model: Model, refs: Sequence[Ref], lines: Sequence[CloseLine], span: Period, moment: datetime,
    advance: Advance,
) -> tuple[list[Prepared], list[CloseLine]]:  # fmt: skip
    feeds, matrix = feeds_of(lake, model, model.as_of), matrix_of(project)
    local = moment.astimezone(ZoneInfo(project.workspace.settings.time_zone))  # maturity is a matter of the group's days
    ready: list[Prepared] = []
    told: list[CloseLine] = []
    for done, (ref, line) in enumerate(zip(refs, lines, strict=True), 1):
        if line.state != CLOSED:
            told.append(line)
            continue

        @cache
        def asked(scope: str, there: Model, name: str = ref.full_name) -> Asked:
            return Asked(feeds, owner_fact(matrix, there, name, scope, there.as_of), local)

        try:
            found = prepare(lake, model, ref, span, asked)
        except CharterError as error:
            told.append(replace(line, state=FAILED, reason=error.message))
            continue
        ready.append(found)
        reasons = Counter(one.number.why_not_certified[:1] for one in found.by_scope.values())
        certified = reasons.pop((), 0)
        why = reasons.most_common(1)[0][0][0] if reasons else None
        told.append(replace(line, scopes=len(found.by_scope), certified=certified, reason=why))
        advance("numbers", done, len(refs), "metrics")
    return ready, told


def _identity(act: Closing, ready: Sequence[Prepared]) -> str:
    body = f"{act.period} {act.closed_at.isoformat()} {act.model} {act.snapshot} {' '.join(one.metric for one in ready)}"
    return hashlib.sha256(body.encode()).hexdigest()[:16]
