"""One number, with everything that explains it; read from the cube alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from charter.errors import nearest_hint
from charter.performance import passport as papers
from charter.performance.codes import PRF014, PRF015, PRF016
from charter.performance.figure import Figure, figure
from charter.performance.metric import Metric, Target, find_metric, in_use, metric_names
from charter.performance.missing import missing_of
from charter.performance.plan import Measured, Plan, plan
from charter.performance.printing import printer
from charter.performance.rate_table import rates_for
from charter.performance.rates import Rates
from charter.performance.reading import Parts, Question, Span, known_breakdowns, read
from charter.performance.roll_up import Under, slices
from charter.performance.rules import (
    Evidence,
    Feeds,
    Held,
    OwnerFact,
    Status,
    cohort,
    why_not_certified,
)
from charter.performance.standing import meets, names_of, sources_of, standing, unfed, why_unknown, without_a_feed
from charter.values.period import Period
from charter.values.ratio import divide

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a breakdown; `key` is None in the bucket of what is not known at that level."""

    key: str | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Comparison:
    """The number of another period, and both periods' like for like: only scopes that stood under it throughout both."""

    name: str
    period: str
    value: Decimal | None
    like_for_like: Decimal | None
    like_for_like_now: Decimal | None
    scopes: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """One number. `n` counts what the value rests on; `why_not_certified` is empty for a certified number.

    `held_share` is the share of what came in for it that stands in quarantine, and so is in neither numerator nor n.
    """

    metric: str
    title: str
    scope: str
    period: str
    figure: Figure
    unit: str
    certified: bool
    why_not_certified: tuple[str, ...]
    held_share: Decimal
    as_of: str
    owner: OwnerFact | None
    status: Status
    target: Target | None
    direction: str
    provisional_until: date | None
    passport: papers.Passport
    companions: Mapping[str, Figure]
    by: str | None
    breakdown: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    why_unknown: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """Answers the value; None: there is none."""
        return self.figure.value

    @property
    def numerator(self) -> Decimal | None:
        """Answers what stands above the line."""
        return self.figure.numerator

    @property
    def denominator(self) -> Decimal | None:
        """Answers what stands below the line."""
        return self.figure.denominator

    @property
    def n(self) -> int:
        """Answers how many orders, cases, accounts or lines it rests on."""
        return self.figure.n

    @property
    def coverage(self) -> Decimal | None:
        """Answers the share of the population that could be classified; None where the definition has no such share."""
        return self.figure.coverage

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """Answers the exact 95 % interval of a share of counts."""
        return self.figure.interval


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller knows and the cube does not: what feeds the facts, who owns the metric, and when it is asked."""

    feeds: Feeds
    owner: OwnerFact | None = None
    as_of: datetime | None = None
    org_as_of: date | None = None


@lru_cache(maxsize=4)
def cube_plan(model: Model) -> Plan:
    """Answers where each component of the metrics in use lies in the cube; a model never changes, so it is laid once."""
    return plan(tuple(one for many in in_use(model).values() for one in many), printer)


def number(
    lake: Lake,
    model: Model,
    metric: str,
    scope: str,
    period: Period,
    *,
    by: str | None = None,
    asked: Asked,
    beside: bool = True,
    cube: Plan | None = None,
    read: Figure | None = None,
) -> Number:
    """Answers one number at a scope for a period, from the cube alone; `beside`: with companions and comparisons.

    `cube` says where its parts lie, where that is not as the model has it (see `measured_aside`). `read` is its figure, where
    that was read already with those of other scopes.
    """
    found = find_metric(model, metric, scope)
    _check_question(found, period, by)
    cube = cube or cube_plan(model)
    check_built(lake, found, cube)
    under = Under(scope, asked.org_as_of)
    rates = rates_for(lake, model.settings.currency, found.spec.rate_set, period.end - timedelta(days=1))
    reader = Reader(lake, cube, found.measured, under, rates)
    whole = read or reader.figure((period.start, period.end))
    sources = sources_of(found, asked.feeds)
    evidence = _evidence(lake, found, whole, period, asked, sources, under, _Part(reader, model, whole.population, period))
    whole = without_a_feed(whole, unfed(found, asked.feeds))
    why = (*why_not_certified(evidence), *(f"no rate for {code}" for code in whole.missing_rates))
    missing = missing_of(evidence.silent, evidence.reconciled, evidence.tolerance)
    target, reached = standing(model, found, whole, scope, period, missing)
    mature = found.definition.mature_on(period.end)
    return Number(
        metric=metric,
        title=found.title,
        scope=scope,
        period=str(period),
        figure=whole,
        unit=found.definition.unit,
        certified=not why,
        why_not_certified=why,
        held_share=evidence.held_share,
        as_of=(asked.as_of.isoformat() if asked.as_of else model.as_of.isoformat()),
        owner=asked.owner,
        status=reached,
        target=target,
        direction=found.direction,
        provisional_until=mature if asked.as_of is not None and asked.as_of.date() < mature else None,
        passport=_passport(lake, model, found, sources, period, evidence, rates, asked),
        companions=_companions(lake, model, cube, found, under, period) if beside else {},
        by=by,
        breakdown=reader.breakdown((period.start, period.end), by) if by else (),
        comparisons=_comparisons(reader, period) if beside else (),
        why_unknown=why_unknown(whole, missing) if reached == "unknown" else (),
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads figures of what is counted by one definition at one place, all in one rate set."""

    lake: Lake
    cube: Plan
    measured: Measured
    under: Under
    rates: Rates

    def figure(self, span: Span, only: frozenset[str] | None = None) -> Figure:
        """Answers the figure of the days; `only` narrows it to these scopes."""
        parts = self._read(span, None, only).get("", Parts())
        return figure(self.measured.definition, parts, self.rates)

    def breakdown(self, span: Span, by: str, *, at_home: bool = False) -> tuple[Row, ...]:
        """Answers one row for each value of `by`, sorted; what is not known there comes last, under None.

        With `at_home` all money is in the group's currency, so that the rows add up.
        """
        found = self._read(span, by, None)
        keys = [*sorted((key for key in found if key is not None), key=str), *([None] if None in found else [])]
        return tuple(Row(key, figure(self.measured.definition, found[key], self.rates, at_home=at_home)) for key in keys)

    def _read(self, span: Span, by: str | None, only: frozenset[str] | None) -> dict[str | None, Parts]:
        money = self.measured.definition.currency is not None
        question = Question(self.measured, span, self.under, by, only, by_day=money and self.rates.by_day)
        return read(self.lake, self.cube, question)


def _check_question(metric: Metric, period: Period, by: str | None) -> None:
    whole_months = period.start.day == 1 and period.end.day == 1
    if metric.definition.form == "dispersion" and not whole_months:
        raise PRF016.exception(metric=metric.name, period=period)
    known = tuple(known_breakdowns(metric.measured))
    if by is not None and by not in known:
        raise PRF014.exception(metric=metric.name, by=by, near=nearest_hint(by, known, f"use one of {', '.join(known)}"))


def check_built(lake: Lake, metric: Metric, cube: Plan) -> None:
    """Refuses to answer from a cube that was built by another definition: its parts would be another number."""
    if not is_built(built_series(lake), metric.measured, cube):
        raise PRF015.exception(metric=metric.name, definition=metric.definition.hash)


def built_series(lake: Lake) -> frozenset[str]:
    """Answers what the cube holds."""
    return frozenset(str(row[0]) for row in lake.rows(f'SELECT s."series" FROM {lake.table("cube_state")} AS s'))


def is_built(known: frozenset[str], measured: Measured, cube: Plan) -> bool:
    """Answers whether all that a definition is counted from stands in the cube."""
    key = (measured.definition.hash, measured.calendar)
    needed = {place.series for (hashed, calendar, _), place in cube.places.items() if (hashed, calendar) == key}
    if measured.definition.form == "dispersion":
        needed = {f"spread:{measured.definition.hash}"}
    return needed <= known


def _evidence(
    lake: Lake,
    metric: Metric,
    whole: Figure,
    period: Period,
    asked: Asked,
    sources: tuple[str, ...],
    under: Under,
    part: _Part,
) -> Evidence:
    only, fact = names_of(metric.spec.sources), metric.definition.fact
    missing = unfed(metric, asked.feeds)
    entities = asked.feeds.entities_of(fact, only)
    held = papers.held(lake, entities, period.start, period.end, under, part.above(), part.of)
    return Evidence(
        coverage=whole.coverage,
        threshold=metric.spec.coverage_threshold,
        silent=asked.feeds.silence(fact, sources, period.start, period.end, part.meets),
        refused=papers.refusals(lake, sources, period.start, period.end),
        reconciled=papers.reconciled(
            lake,
            sources,
            period.start,
            period.end,
            under,
            money=metric.definition.currency is not None,
            but=asked.feeds.others(fact, sources),
        ),
        tolerance=metric.spec.reconciliation_tolerance,
        owner=asked.owner,
        sources=sources,
        held=held,
        population=whole.population,
        held_money=_held_money(metric, whole, part.reader.rates, held, period),
        empty=f"no source tells of {', '.join(missing)}" if missing else ("nothing was counted" if not whole.n else None),
    )


def _held_money(metric: Metric, whole: Figure, rates: Rates, held: Sequence[Held], period: Period) -> Decimal | None:
    """Which share of the money of the period is held, where the number counts money: a few large orders may be most of it."""
    if metric.definition.currency is None:
        return None
    last = period.end - timedelta(days=1)

    def at_home(amount: Decimal | None, currency: str | None) -> Decimal:
        rate = rates.rate(currency, last) if currency else None
        return abs(amount) * rate if amount is not None and rate is not None else Decimal(0)

    lacking = sum((at_home(one.net_amount, one.currency) * one.likely for one in held), Decimal(0))
    counted = at_home(whole.denominator if metric.definition.form == "ratio" else whole.numerator, whole.currency)
    return divide(lacking, lacking + counted)


@dataclass(frozen=True, slots=True)
class _Part:
    """How much of what a scope above counts is counted at the asked one: what cannot be placed is expected there alike."""

    reader: Reader
    model: Model
    population: int
    period: Period

    def above(self) -> tuple[str, ...]:
        """Answers the scopes above the asked one."""
        return self.model.tree.chain(self.reader.under.scope, self.model.as_of)[:-1]

    def meets(self, scope: str) -> bool:
        """Answers whether a scope is the asked one, or lies above or under it."""
        return meets(self.model, self.reader.under.scope, scope)

    def of(self, scope: str) -> Decimal:
        """Answers the share of the scope's population that is at or under the asked one; all of it where there is none."""
        whole = replace(self.reader, under=replace(self.reader.under, scope=scope))
        found = whole.figure((self.period.start, self.period.end)).population
        return (divide(self.population, found) if self.population else None) or Decimal(1)


def _passport(
    lake: Lake,
    model: Model,
    metric: Metric,
    sources: tuple[str, ...],
    period: Period,
    evidence: Evidence,
    rates: Rates,
    asked: Asked,
) -> papers.Passport:
    definition = metric.definition
    return papers.Passport(
        definition=definition.hash,
        version=f"{metric.spec.standard}" if metric.spec.standard else f"{metric.name}@{definition.version}",
        declared=definition.declared.model_dump(mode="json"),
        sources=papers.batches(lake, sources, period.start, period.end),
        reconciliation=evidence.reconciled,
        reconciliation_note=None if evidence.reconciled else papers.UNRECONCILED,
        held=evidence.held,
        freshness=papers.freshness(lake, sources, asked.as_of),
        attribution=f"{definition.day} at {definition.scope}",
        day_basis=papers.day_bases(lake, metric, sources),
        rate_set=rates.name if definition.currency else None,
        model=model.workspace.manifest.hash,
    )


def _companions(lake: Lake, model: Model, cube: Plan, metric: Metric, under: Under, period: Period) -> dict[str, Figure]:
    """The metrics that always stand beside, as far as the workspace declares them."""
    known = frozenset(metric_names(model, under.scope))
    found = {}
    for name in metric.definition.companions:
        if name in known:
            other = find_metric(model, name, under.scope)
            rates = rates_for(lake, model.settings.currency, other.spec.rate_set, period.end - timedelta(days=1))
            found[name] = Reader(lake, cube, other.measured, under, rates).figure((period.start, period.end))
    return found


def _comparisons(reader: Reader, period: Period) -> tuple[Comparison, ...]:
    """The period before and the same one a year before, each with the like-for-like cohort, at the same rates."""
    members = slices(reader.lake, reader.under)
    everybody = frozenset(one.scope for one in members)
    now = (period.start, period.end)
    found = []
    for name, other in (("period before", period.previous()), ("year before", period.year_before())):
        span = (other.start, other.end)
        same = cohort(members, (now, span))
        # Where nobody came or went, the cohort is all of it, and need not be read again.
        only = None if same == everybody else same
        then, like, like_now = reader.figure(span), reader.figure(span, only), reader.figure(now, only)
        found.append(Comparison(name, str(other), then.value, like.value, like_now.value, len(same), then.currency))
    return tuple(found)
