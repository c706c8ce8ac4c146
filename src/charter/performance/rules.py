"""Pure decisions about a number: is it certified, what is its status, what may be compared with what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Literal

from charter.values.ratio import divide

Status = Literal["met", "missed", "at risk", "not enough data", "unknown", "no target"]


@dataclass(frozen=True, slots=True)
class SilentStream:
    """One stream of a source that said nothing for a time in which its rhythm promised rows; `until` is exclusive.

    Numbers of places that have nothing to do with its `scope` do not lack it, nor those of facts that have nothing to do with
    those that it `feeds`.
    """

    source: str
    stream: str
    since: date
    until: date
    reason: str = "not received"
    scope: str = "group"
    feeds: tuple[str, ...] = ()

    def touches(self, start: date, end: date) -> bool:
        """Answers whether the silence lies in the days from `start` until `end` (exclusive)."""
        return self.since < end and self.until > start


INVOICES = "fact_invoice_line"
"""What tells of invoices says nothing of orders and cases, and the other way round; all else is told together."""


def concerns(fed: Collection[str], fact: str) -> bool:
    """Answers whether what feeds these facts tells of numbers of the fact; what is not known to feed any tells of all."""
    return not fed or (INVOICES in fed if fact == INVOICES else any(one != INVOICES for one in fed))


@dataclass(frozen=True, slots=True)
class Feeds:
    """What feeds the facts, as intake knows it: which entities of sources feed which tables, and which streams fell silent.

    Rooms never import each other: `app` makes this from the Source documents and the batches.
    """

    tables: Mapping[tuple[str, str], frozenset[str]]
    silent: tuple[SilentStream, ...] = ()

    def of(self, table: str, only: Sequence[str] = ()) -> tuple[str, ...]:
        """Answers the sources that feed a table, sorted; `only` narrows them to those a metric names."""
        return tuple(sorted({source for source, _ in self.entities_of(table, only)}))

    def entities_of(self, table: str, only: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
        """Answers source and entity of whatever feeds a table, sorted."""
        named = frozenset(only)
        return tuple(sorted(one for one, fed in self.tables.items() if table in fed and (not named or one[0] in named)))

    def others(self, fact: str, sources: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Answers source and entity of what these sources deliver and that tells nothing of the fact, sorted."""
        mine = frozenset(sources)
        return tuple(sorted(one for one, fed in self.tables.items() if one[0] in mine and not concerns(fed, fact)))

    def silence(
        self, fact: str, sources: Iterable[str], start: date, end: date, meets: Callable[[str], bool] = lambda _: True
    ) -> tuple[SilentStream, ...]:
        """Answers the streams of these sources that were silent in the period and tell of the fact, in a fixed order.

        `meets` answers whether a scope lies at, above or under the one that is asked about.
        """
        mine = frozenset(sources)
        told = [one for one in self.silent if one.source in mine and concerns(one.feeds, fact)]
        found = [one for one in told if one.touches(start, end) and meets(one.scope)]
        return tuple(sorted(found, key=lambda one: (one.source, one.stream, one.since)))


@dataclass(frozen=True, slots=True)
class OwnerFact:
    """Who is accountable for a metric at a scope, and whether that person accepted."""

    person: str
    accepted: bool
    inherited_from: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How far a feeding source's own totals are from ours: theirs = ours + left out + held + unexplained."""

    source: str
    measure: str
    theirs: Decimal
    unexplained: Decimal
    held: Decimal = Decimal(0)
    ours: Decimal = Decimal(0)
    left_out: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """What a feeding entity holds in quarantine at the place and time of a number, in one currency.

    `documents` are orders or cases nothing of which was taken in. Where it is not known whether they belong to the
    period, `dated` is false; where not whether to the scope, `placed` is. `expected` says how many may.
    """

    source: str
    entity: str
    documents: int
    rows: int
    net_amount: Decimal | None
    currency: str | None
    expected: Decimal
    dated: bool
    placed: bool = True

    @property
    def likely(self) -> Decimal:
        """Answers which part of the amount is expected to be of the period and scope."""
        if self.documents:
            return self.expected / self.documents
        return Decimal(self.dated and self.placed)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A delivery that was refused as a whole, and not replaced since."""

    source: str
    delivery: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that decides whether a number is certified (KPI rule 13)."""

    coverage: Decimal | None
    threshold: Decimal
    silent: tuple[SilentStream, ...]
    refused: tuple[Refusal, ...]
    reconciled: tuple[Reconciled, ...]
    tolerance: Decimal
    owner: OwnerFact | None
    sources: tuple[str, ...]
    empty: str | None = None
    held: tuple[Held, ...] = ()
    population: int = 0
    held_money: Decimal | None = None

    @property
    def held_share(self) -> Decimal:
        """Answers which share of what came in for the period is held: it stays in the denominator (KPI rule 5)."""
        held = sum((one.expected for one in self.held), Decimal(0))
        return divide(held, held + self.population) or Decimal(0)


def why_not_certified(evidence: Evidence) -> tuple[str, ...]:
    """Answers each reason against certifying, in a fixed order; empty: certified."""
    reasons: list[str] = []
    if evidence.empty:
        reasons.append(evidence.empty)
    if not evidence.sources:
        reasons.append("no source feeds it")
    if evidence.coverage is not None and evidence.coverage < evidence.threshold:
        reasons.append(f"coverage {percent_of(evidence.coverage)} is below {percent_of(evidence.threshold)}")
    elif evidence.held_share > (most := (evidence.coverage if evidence.coverage is not None else Decimal(1)) - evidence.threshold):
        told = percent_of(evidence.held_share, ROUND_HALF_EVEN)
        reasons.append(f"{told} of what came in is held in quarantine; at most {percent_of(most)} may be")
    if evidence.held_money is not None and evidence.held_money > (at_most := 1 - evidence.threshold):
        told = percent_of(evidence.held_money, ROUND_HALF_EVEN)
        reasons.append(f"{told} of the money that came in is held in quarantine; at most {percent_of(at_most)} may be")
    reasons += [f"{one.source}: stream {one.stream} {one.reason} ({days_of(one)})" for one in evidence.silent]
    reasons += [f"{one.source}: {one.delivery} was refused: {one.reason}" for one in evidence.refused]
    reasons += [_unreconciled(one) for one in evidence.reconciled if not within(one, evidence.tolerance)]
    if evidence.owner is None:
        reasons.append("nobody is accountable")
    elif not evidence.owner.accepted:
        reasons.append(f"{evidence.owner.person} has not accepted")
    return tuple(reasons)


_MEASURES = {"net_amount": "net amount"}


def _unreconciled(one: Reconciled) -> str:
    parts = [(one.unexplained, "unexplained"), (one.held, "held in quarantine")]
    missing = ", ".join(f"{_plain(value)} {what}" for value, what in parts if value)
    return f"{one.source} itself reports {_plain(one.theirs)} {_MEASURES.get(one.measure, one.measure)}; of that {missing}"


def percent_of(share: Decimal, rounding: str = ROUND_DOWN) -> str:
    """Answers a share in percent; where it falls short of a threshold cut off and never rounded up: 94.96 is not 95."""
    return f"{(share * 100).quantize(Decimal('0.1'), rounding)} %"


def _plain(value: Decimal) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def days_of(one: SilentStream) -> str:
    """Answers the days of a silence."""
    last = one.until - timedelta(days=1)
    return one.since.isoformat() if last == one.since else f"{one.since.isoformat()} to {last.isoformat()}"


def within(one: Reconciled, tolerance: Decimal) -> bool:
    """Answers whether what is missing, unexplained or held, is within the tolerance, as a share of the source's own total."""
    return abs(one.unexplained) + abs(one.held) <= tolerance * abs(one.theirs)


def status(
    value: Decimal | None,
    interval: tuple[Decimal, Decimal] | None,
    target: Decimal | None,
    direction: Literal["up", "down"],
    n: int,
    minimum_n: int,
    unclassified: Decimal | None = None,
    bounds: tuple[Decimal | None, Decimal | None] | None = None,
    may_lower: Decimal = Decimal(0),
) -> Status:
    """Answers met, missed, at risk, not enough data, unknown or no target (KPI rule 11).

    The whole interval on the good side of the target (the target itself included) is met; on the other side, missed;
    else at risk. Without an interval the value decides. `unclassified` is the share of which nobody knows whether it belongs
    above the line: where that share alone could bring the value to the other side of the target, the status is unknown. So
    much of it as `may_lower` the value is below 0 (credit notes): that could only bring it down, and the rest only up. Unknown it is
    as well where the target lies within `bounds`: what the value may be once what is missing is there (None: no bound; see `missing`).
    """
    if target is None:
        return "no target"
    if value is None:
        return "unknown"

    def is_good(one: Decimal) -> bool:
        return one >= target if direction == "up" else one <= target

    if bounds is not None:
        least, most = bounds
        ends = {direction == "down" if least is None else is_good(least), direction == "up" if most is None else is_good(most)}
        if len(ends) > 1:
            return "unknown"
    if n < minimum_n:
        return "not enough data"
    if unclassified and len({is_good(one) for one in (value, value + unclassified - may_lower, value - may_lower)}) > 1:
        return "unknown"
    ends = {is_good(one) for one in interval or (value,)}
    if len(ends) > 1:
        return "at risk"
    return "met" if ends == {True} else "missed"


@dataclass(frozen=True, slots=True)
class Membership:
    """That a scope stood under the asked one from a day until another (exclusive; None: open)."""

    scope: str
    since: date | None
    until: date | None


def cohort(slices: Iterable[Membership], periods: Sequence[tuple[date, date]]) -> frozenset[str]:
    """Answers the scopes that stood under the asked one on every day of all periods: the like-for-like cohort."""
    by_scope: dict[str, list[Membership]] = {}
    for one in slices:
        by_scope.setdefault(one.scope, []).append(one)
    return frozenset(scope for scope, mine in by_scope.items() if all(_covers(mine, start, end) for start, end in periods))


def _covers(slices: Sequence[Membership], start: date, end: date) -> bool:
    """Whether the slices leave no day of [start, end) out; slices of one scope never overlap."""
    reached = start
    for one in sorted(slices, key=lambda item: item.since or date.min):
        if (one.since or date.min) <= reached and (one.until is None or one.until > reached):
            reached = one.until or date.max
    return reached >= end


@dataclass(frozen=True, slots=True)
class Budget:
    """The error budget of an objective in orders or cases: allowed, spent, left (below 0: overspent)."""

    total: int
    bad: int
    allowed: int

    @property
    def left(self) -> int:
        """Answers how many more may fail."""
        return self.allowed - self.bad


def budget(total: int, good: int, target: Decimal) -> Budget:
    """Answers the budget of a share target over `total` orders or cases: the largest number of bad ones that meets it."""
    allowed = int((Decimal(1) - target) * total)
    return Budget(total, total - good, allowed)
