"""One number with everything that explains it, as every face tells it; and the worklist behind the digital order ratio."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from charter.app.codes import APP009, APP010
from charter.app.feeds import Asking
from charter.app.project import Advance, Project, bound, now, parse_day, parse_instant, silent, today
from charter.app.restated import ClosedFacts, restate
from charter.app.wording import counted, held_in_words, open_in_words, percent, plain, share_or_plain, told
from charter.model.model import Model
from charter.performance.aside import measured_aside
from charter.performance.closing.closed_cube import closed_breakdown
from charter.performance.closing.record import Closed
from charter.performance.closing.store import closed_numbers, find_closed
from charter.performance.definition import Definition
from charter.performance.figure import Figure, Times
from charter.performance.metric import find_metric
from charter.performance.number import Number
from charter.performance.number import number as read_number
from charter.performance.scope import refuse_other
from charter.performance.slo import Age, open_ages
from charter.performance.worklist import worklist as read_worklist
from charter.values.duration import in_words
from charter.values.period import Period, containing
from charter.values.ratio import canonical
from charter.warehouse.lake import Lake

WORKLIST_OF = "digital-order-ratio"


@dataclass(frozen=True)
class NumberAnswer:
    """A number, ready to be told; beside a time of cases, the ages of those that are still open at the scope now."""

    number: Number
    open: tuple[Age, ...] | None = None
    revision: int | None = None
    closed: ClosedFacts | None = None

    @property
    def title(self) -> str:
        """Answers the metric's name for people."""
        return self.number.title

    @property
    def scope(self) -> str:
        """Answers where."""
        return self.number.scope

    @property
    def period(self) -> str:
        """Answers when."""
        return self.number.period

    @property
    def why_not_certified(self) -> tuple[str, ...]:
        """Answers each reason against certifying."""
        return self.number.why_not_certified

    @property
    def breakdown(self) -> bool:
        """Answers whether it was asked by something."""
        return bool(self.number.breakdown)

    def as_dict(self) -> dict[str, Any]:
        """Answers the number as a plain mapping: the contract of `--json` and of every other door."""
        found = number_as_dict(self.number)
        found["passport"]["revision"] = self.revision
        found["closed"] = self.closed.as_dict() if self.closed else None
        if self.open is not None:
            found["open"] = [{"case_type": age.case_type, "priority": age.priority, "ages": dict(age.ages)} for age in self.open]
        return found

    def facts(self) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
        """Answers the lines that stand below the title: value, verdict, target, then what it rests on."""
        one = self.number
        rows = [("value", told(one.figure, one.unit))]
        if self.closed:
            rows += self.closed.facts(one.unit, one.figure.currency)
        rows += [(name, _times(spread)) for name, spread in one.figure.times.items()]
        if self.open is not None:
            rows.append(("open now", open_in_words(self.open)))
        if one.figure.interval:
            rows.append(("interval (95 %)", " to ".join(percent(bound) for bound in one.figure.interval)))
        rows.append(("status", one.status.replace(" ", "_")))
        if one.target:
            rows += [("unknown for", reason) for reason in one.why_unknown]
            state = "" if one.target.state == "compliant" else f", {one.target.state}"
            rows.append(("target", f"{share_or_plain(one.target.value, one.unit)} ({one.target.origin}{state})"))
        rows.append(("n", f"{one.n:,}"))
        if one.coverage is not None:
            rows.append(("coverage", percent(one.coverage)))
        if one.held_share:
            rows.append(("held", f"{percent(one.held_share)} of what came in, in quarantine"))
        rows.append(("certified", "yes" if one.certified else "no"))
        if one.provisional_until and not self.closed:
            rows.append(("provisional until", one.provisional_until.isoformat()))
        owner = one.owner
        rows.append(("accountable", f"{owner.person}{'' if owner.accepted else ' (not accepted)'}" if owner else "vacant"))
        rows += [
            (f"beside: {name}", f"{told(figure, unit_of(name, one))}  n {figure.n:,}") for name, figure in one.companions.items()
        ]
        for other in one.comparisons:
            if other.value is not None:
                like = "" if other.like_for_like is None else f"; like for like {share_or_plain(other.like_for_like, one.unit)}"
                money = f"{other.currency} " if one.unit == "money" and other.currency else ""
                rows.append((other.name, f"{money}{share_or_plain(other.value, one.unit)} in {other.period}{like}"))
        return ("", ""), rows

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers the breakdown as heads and rows; what is not known at the level is a row of its own."""
        one = self.number
        heads: tuple[str, ...] = (str(one.by), "value", "numerator", "denominator", "n", "interval")
        rows: list[tuple[str, ...]] = []
        for row in one.breakdown:
            figure = row.figure
            interval = " to ".join(percent(bound) for bound in figure.interval) if figure.interval else ""
            parts = (plain(figure.numerator), plain(figure.denominator), f"{figure.n:,}", interval)
            rows.append((row.key or "(unknown)", told(figure, one.unit), *parts))
        return heads, rows

    def passport_lines(self) -> list[str]:
        """Answers the passport in lines."""
        paper = self.number.passport
        rows = sum(source.rows for source in paper.sources)
        names = ", ".join(dict.fromkeys(source.source for source in paper.sources)) or "no source"
        fresh = paper.freshness
        age = f", {fresh.age_days} days old" if fresh.age_days is not None else ""
        lines = [
            f"definition {paper.definition} (version {paper.version}), model {paper.model[:12]}"
            + (f" (revision {self.revision})" if self.revision else ""),
            f"from {counted(len(paper.sources), 'batch')} of {names}, {counted(rows, 'row')}; data to {fresh.data_to or 'an unknown day'}{age}",
        ]
        if paper.day_basis:
            lines.append(f"day: {', '.join(paper.day_basis)}; attributed to {paper.attribution}")
        for one in paper.reconciliation:
            lines.append(
                f"reconciled: {one.source} {one.measure}: theirs {plain(one.theirs)} = ours {plain(one.ours)} + left out "
                f"{plain(one.left_out)} + held {plain(one.held)} + unexplained {plain(one.unexplained)}"
            )
        lines += [f"held in quarantine: {held_in_words(one)}" for one in paper.held]
        if paper.reconciliation_note:
            lines.append(paper.reconciliation_note)
        return lines


def unit_of(name: str, number: Number) -> str:
    """Answers the unit of a companion: a standard one's own, else that of the number."""
    from charter.performance.standards import standards

    found = next((one for key, one in standards().items() if key.partition("@")[0] == name), None)
    return found.unit if found else number.unit


def _times(spread: Times) -> str:
    if not spread.n or spread.mean is None or spread.p50 is None or spread.p90 is None:
        return "–"
    return f"mean {in_words(spread.mean)}, P50 {in_words(spread.p50)}, P90 {in_words(spread.p90)}, n {spread.n:,}"


def number_as_dict(one: Number) -> dict[str, Any]:
    """Answers a number as a plain mapping; decimals as their canonical strings."""
    paper = one.passport
    return {
        "metric": one.metric,
        "title": one.title,
        "scope": one.scope,
        "period": one.period,
        **_figure(one.figure),
        "unit": one.unit,
        "direction": one.direction,
        "certified": one.certified,
        "why_not_certified": list(one.why_not_certified),
        "held_share": canonical(one.held_share),
        "status": one.status,
        "why_unknown": list(one.why_unknown) if one.target else [],
        "target": {"value": canonical(one.target.value), "origin": str(one.target.origin), "state": one.target.state} if one.target else None,
        "provisional_until": one.provisional_until.isoformat() if one.provisional_until else None,
        "as_of": one.as_of,
        "owner": {"person": one.owner.person, "accepted": one.owner.accepted, "inherited_from": one.owner.inherited_from} if one.owner else None,
        "passport": {
            "definition": paper.definition,
            "version": paper.version,
            "declared": dict(paper.declared),
            "model": paper.model,
            "attribution": paper.attribution,
            "day_basis": list(paper.day_basis),
            "rate_set": paper.rate_set,
            "sources": [
                {"source": s.source, "batch": s.batch, "delivery": s.delivery, "rows": s.rows, "from": _iso(s.data_from), "to": _iso(s.data_to)}
                for s in paper.sources
            ],
            "reconciliation": {
                "note": paper.reconciliation_note,
                "totals": [
                    {"source": r.source, "measure": r.measure, "theirs": canonical(r.theirs), "ours": canonical(r.ours),
                     "left_out": canonical(r.left_out), "held": canonical(r.held), "unexplained": canonical(r.unexplained)}
                    for r in paper.reconciliation
                ],
            },
            "held": [
                {"source": h.source, "entity": h.entity, "documents": h.documents, "rows": h.rows, "net_amount": canonical(h.net_amount),
                 "currency": h.currency, "expected": canonical(h.expected), "dated": h.dated, "placed": h.placed}
                for h in paper.held
            ],
            "freshness": {
                "data_to": _iso(paper.freshness.data_to),
                "received_at": paper.freshness.received_at.isoformat() if paper.freshness.received_at else None,
                "age_days": paper.freshness.age_days,
            },
        },
        "companions": {name: _figure(figure) for name, figure in one.companions.items()},
        "comparisons": [
            {"name": c.name, "period": c.period, "value": canonical(c.value), "like_for_like": canonical(c.like_for_like),
             "like_for_like_now": canonical(c.like_for_like_now), "scopes": c.scopes}
            for c in one.comparisons
        ],
        "by": one.by,
        "breakdown": [{"key": row.key, **_figure(row.figure)} for row in one.breakdown],
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "value": canonical(figure.value),
        "numerator": canonical(figure.numerator),
        "denominator": canonical(figure.denominator),
        "n": figure.n,
        "coverage": canonical(figure.coverage),
        "interval": [canonical(bound) for bound in figure.interval] if figure.interval else None,
        "currency": figure.currency,
        "times": {
            name: {
                "n": spread.n, "sum": spread.total, "mean": canonical(spread.mean), "p50": spread.p50, "p90": spread.p90,
                "p50_interval": list(spread.p50_interval) if spread.p50_interval else None,
                "p90_interval": list(spread.p90_interval) if spread.p90_interval else None,
            }
            for name, spread in figure.times.items()
        },
        "values": {name: canonical(value) for name, value in figure.values.items()},
    }  # fmt: skip


def period_for(lake: Lake, text: str | None) -> Period:
    """Answers the period that was asked for; else the last whole month that orders or cases tell of, up to today.

    Where there are neither, that of the invoices.
    """
    if text:
        return Period.parse(text)
    last = _last_day(lake, {"fact_order": "ordered_on", "fact_case": "resolved_on"})
    last = last or _last_day(lake, {"fact_invoice_line": "invoiced_on"})
    if last is None:
        raise APP009.exception()
    month = containing(last, "month")
    return month if last == month.end - timedelta(days=1) else month.previous()


def _last_day(lake: Lake, facts: Mapping[str, str]) -> date | None:
    days = " UNION ALL ".join(f"SELECT max({day}) AS day FROM {lake.table(fact)} WHERE {day} <= ?" for fact, day in facts.items())
    row = lake.one(f"SELECT max(day) FROM ({days}) AS known", [now().date()] * len(facts))
    return row[0] if row else None


def number(
    project: Project,
    metric: str,
    scope: str,
    period: str | None,
    *,
    by: str | None = None,
    org_as_of: str | None = None,
    known_at: str | None = None,
    restated: bool = False,
    advance: Advance = silent,
) -> NumberAnswer:
    """Answers one number at a scope for a period, by the model that binds; with `known_at` by the one that did then.

    A number that was closed is answered as it was closed, with what it is today beside it. It is answered by today's facts
    where it is asked for so: `restated`, with another organisation (`org_as_of`), or by another model (`known_at`): what was
    known then is the model; the facts are those that are there now.
    """
    project = bound(project, parse_instant(known_at, project) if known_at else None)
    model = project.model(today(project))
    org = parse_day(org_as_of) if org_as_of else None
    with project.reading() as lake:
        span = period_for(lake, period)
        if not (known_at or org or restated) and (one := find_closed(lake, metric, scope, span)) is not None:
            return _as_closed(project, lake, model, one, by, advance)
        asking = Asking(project, lake, model, scope, now(), org)
        wanted = find_metric(model, metric, scope).definition
        if not known_at:
            refuse_other(lake, model)
        with measured_aside(lake, model, {metric, *wanted.companions}) if known_at else nullcontext() as cube:
            found = read_number(lake, model, metric, scope, span, by=by, asked=asking.about(metric), cube=cube)
        return NumberAnswer(found, _ages(lake, wanted, scope), project.revision.seq if project.revision else None)


def _ages(lake: Lake, wanted: Definition, scope: str) -> tuple[Age, ...] | None:
    return tuple(open_ages(lake, scope, now())) if wanted.fact == "fact_case" else None


def _as_closed(project: Project, lake: Lake, model: Model, one: Closed, by: str | None, advance: Advance) -> NumberAnswer:
    """The number as closed, with its companions as closed, and today's number with the comparisons that it makes."""
    today_is = restate(project, lake, model, one, advance)
    beside = closed_numbers(lake, one.number.scope, one.closing.period)
    companions = {name: beside[name].number.figure for name in one.measured.definition.companions if name in beside}
    told_beside = today_is.number.comparisons if today_is.number else ()
    breakdown = closed_breakdown(lake, one, by) if by else ()
    whole = replace(one.number, companions=companions, comparisons=told_beside, by=by, breakdown=breakdown)
    return NumberAnswer(whole, _ages(lake, one.measured.definition, one.number.scope), one.closing.revision, today_is.facts)


def worklist(project: Project, metric: str, scope: str, period: str | None, *, limit: int) -> list[Mapping[str, Any]]:
    """Answers the accounts whose manual orders could have been digital, the most promising first."""
    if metric != WORKLIST_OF:
        raise APP010.exception(metric=metric, of=WORKLIST_OF)
    with project.reading() as lake:
        items = read_worklist(lake, scope, period_for(lake, period), limit=limit)
    return [
        {
            "branch": item.scope, "account": item.account, "manual orders": item.manual_orders,
            "repeated baskets": item.repeated_baskets, "digital orders": item.digital_orders,
            "manual value": plain(item.manual_value) if item.manual_value is not None else None, "currency": item.currency,
            "last by hand": item.last_manual_on.isoformat() if item.last_manual_on else None, "next step": item.next_step,
        }
        for item in items
    ]  # fmt: skip
