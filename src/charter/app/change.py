"""What changed since another period and why: effects that sum exactly to the difference of the two numbers as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from charter.app.feeds import Asking
from charter.app.number import period_for
from charter.app.project import Advance, Project, bound, now, silent, today
from charter.app.restated import restate
from charter.app.wording import difference, percent, reason_in_words, same_money, share_or_plain
from charter.errors import CharterError
from charter.model.model import Model
from charter.performance.change import EXCHANGE, MIX, RATE, VOLUME, WHOLE
from charter.performance.closing.adjustment import Adjustment
from charter.performance.closing.record import Closing
from charter.performance.closing.store import find_closed
from charter.performance.codes import PRF014
from charter.performance.comparison import Compared, PartChange, compare
from charter.performance.metric import find_metric
from charter.performance.number import Number
from charter.performance.number import number as read_number
from charter.performance.scope import refuse_other
from charter.values.period import Period
from charter.values.ratio import canonical
from charter.warehouse.lake import Lake


@dataclass(frozen=True)
class Side:
    """A number as it is told for one period: as closed, with what changed since; else as it is today.

    `today` is the number as it is today, with its comparisons; None where that cannot be said.
    """

    period: str
    number: Number
    today: Number | None
    closing: Closing | None = None
    adjustment: Adjustment | None = None

    @property
    def value(self) -> Decimal | None:
        """Answers the value as it is told."""
        return self.number.value

    @property
    def state(self) -> str:
        """Answers whether it is closed or provisional, in words; empty: neither."""
        if self.closing:
            return "closed"
        return f"provisional until {self.number.provisional_until}" if self.number.provisional_until else ""


@dataclass(frozen=True)
class Cause:
    """What one cause did to the value: a kind of `performance.change`; with a `period`, a reason for which its close stands apart
    from today's number."""

    kind: str
    value: Decimal
    period: str | None = None


@dataclass(frozen=True)
class ChangeReport:
    """The change of a number from one period to another: its causes, which sum exactly to it, and its parts.

    `total` is None where one of the two has no value. `problem` says why today's facts could not be asked.
    """

    before: Side
    after: Side
    total: Decimal | None
    causes: tuple[Cause, ...]
    compared: Compared | None
    problem: CharterError | None = None

    @property
    def unit(self) -> str:
        """Answers the unit of both."""
        return self.after.number.unit

    @property
    def currency(self) -> str | None:
        """Answers the currency, where it is money."""
        return self.after.number.figure.currency

    @property
    def parts(self) -> tuple[PartChange, ...]:
        """Answers the parts, those with the largest effect first."""
        return self.compared.parts if self.compared else ()

    def moved(self, value: Decimal) -> str:
        """Answers a difference by the unit."""
        return difference(value, self.unit, self.currency)

    def as_dict(self) -> dict[str, Any]:
        """Answers the change as a plain mapping; decimals as their canonical strings."""
        return {
            "metric": self.after.number.metric, "title": self.after.number.title, "scope": self.after.number.scope,
            "unit": self.unit, "currency": self.currency, "before": _side(self.before), "after": _side(self.after),
            "change": canonical(self.total), "causes": [{"cause": one.kind, "since_close_of": one.period, "value": canonical(one.value)} for one in self.causes],
            "by": self.compared.by if self.compared else None,
            "parts": [
                {"key": one.key, "before": canonical(one.before), "after": canonical(one.after), "effect": canonical(one.total),
                 **{name: canonical(value) for name, value in one.effects.items()}}
                for one in self.parts
            ],
            "problem": self.problem.message if self.problem else None,
        }  # fmt: skip

    @property
    def why_none(self) -> str | None:
        """Answers why there is no change to tell; None where there is one."""
        if self.total is not None:
            return None
        if self.before.value is None or self.after.value is None:
            return "one of the two has no value"
        return "they are told in different currencies: ask a scope above, whose money is all in the group's"

    def cause_lines(self) -> list[tuple[str, str]]:
        """Answers each cause in words, with what it did."""
        by = self.compared.by if self.compared else None
        return [(cause_in_words(one, by), self.moved(one.value)) for one in self.causes if one.value]

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers the parts as heads and rows: values and shares of both periods, and each cause's effect."""
        causes = [name for name in (VOLUME, MIX, RATE, EXCHANGE) if any(one.effects.get(name) for one in self.parts)]
        by = str(self.compared.by if self.compared else "part")
        heads = (by, self.before.period, self.after.period, "share", *causes, *(("effect",) if len(causes) > 1 else ()))
        rows = []
        for one in self.parts:
            shares = f"{_share(one.share_before)} → {_share(one.share_after)}"
            effects = [self.moved(one.effects[name]) if name in one.effects else "" for name in causes]
            effects += [self.moved(one.total)] if len(causes) > 1 else []
            rows.append((one.key or "(unknown)", self._told(one.before), self._told(one.after), shares, *effects))
        return heads, rows

    def _told(self, value: Decimal | None) -> str:
        return "–" if value is None else share_or_plain(value, self.unit)


def _share(value: Any) -> str:
    return "–" if value is None else percent(Decimal(value.numerator) / Decimal(value.denominator))


def cause_in_words(cause: Cause, by: str | None) -> str:
    """Answers what a cause is, for people; `by` is what the number was split by."""
    if cause.period is not None:
        return f"{reason_in_words(cause.kind)} of {cause.period} since its close"
    parts = {"branch": "branches"}.get(by or "", f"{by}s")
    return {
        VOLUME: "volume: how many there were",
        MIX: f"mix: other shares of the {parts}",
        RATE: f"rate: within the {parts}",
        EXCHANGE: "exchange: another rate set",
        WHOLE: "in all (not split)",
    }[cause.kind]


def _side(one: Side) -> dict[str, Any]:
    return {"period": one.period, "value": canonical(one.value), "n": one.number.n, "closed": one.closing is not None}


def change(
    project: Project, metric: str, scope: str, period: str | None, *, against: str | None = None, by: str | None = None,
    advance: Advance = silent,
) -> ChangeReport:  # fmt: skip
    """Answers by what a number differs from that of another period (else the one before), split by the parts of the scope.

    Both are told as they were closed, where they were. What their facts, definition, organisation or rates are since is a
    cause of its own, so that the causes sum exactly to the difference that people see.
    """
    project = bound(project)
    model = project.model(today(project))
    with project.reading() as lake:
        after = period_for(lake, period)
        before = Period.parse(against) if against else after.previous()
        return changed(project, lake, model, metric, scope, before, after, by, advance)


def changed(
    project: Project, lake: Lake, model: Model, metric: str, scope: str, before: Period, after: Period, by: str | None,
    advance: Advance = silent,
) -> ChangeReport:  # fmt: skip
    """Answers the same on a lake that is open."""
    asking = Asking(project, lake, model, scope, now(), None)
    was, is_now = (_shown(project, lake, model, asking, metric, scope, period, advance) for period in (before, after))
    comparable = was.value is not None and is_now.value is not None and same_money(was.number, is_now.number)
    total = (is_now.value or Decimal(0)) - (was.value or Decimal(0)) if comparable else None
    try:
        refuse_other(lake, model)
        compared = compare(lake, model, find_metric(model, metric, scope), scope, before, after, by)
    except CharterError as error:
        if error.code == PRF014.code:  # the call is wrong, not the lake
            raise
        return ChangeReport(was, is_now, total, _unsplit(total), None, error)
    return ChangeReport(was, is_now, total, tuple(_causes(was, is_now, total, compared)), compared)


def _shown(
    project: Project, lake: Lake, model: Model, asking: Asking, metric: str, scope: str, period: Period, advance: Advance
) -> Side:
    closed = find_closed(lake, metric, scope, period)
    if closed is None:
        refuse_other(lake, model)
        found = read_number(lake, model, metric, scope, period, asked=asking.about(metric))
        return Side(str(period), found, found)
    today_is = restate(project, lake, model, closed, advance)
    return Side(str(period), closed.number, today_is.number, closed.closing, today_is.facts.adjustment)


def _unsplit(total: Decimal | None) -> tuple[Cause, ...]:
    return () if total is None else (Cause(WHOLE, total),)


def _causes(was: Side, is_now: Side, total: Decimal | None, compared: Compared) -> Iterator[Cause]:
    """What moved today's numbers; then what separates each number as told from today's, which is what its close kept.

    What remains is of a closed number that today's facts cannot be held against.
    """
    if total is None:
        return
    found = [Cause(kind, value) for kind, value in compared.effects.items()]
    for side, sign in ((was, 1), (is_now, -1)):
        found += [Cause(one.reason, sign * one.value, side.period) for one in (side.adjustment.effects if side.adjustment else ())]
    yield from found
    if rest := total - sum((one.value for one in found), Decimal(0)):
        yield Cause(WHOLE, rest)
