"""The plan of the cube: which scans give which numbers. Metrics over one fact and filter share a scan.

A *series* is one scan: a fact, a filter, an attribution, dimensions, and what is counted. Its key is the hash of all
of that, so that equal counting is kept once, whichever metrics ask for it, and a changed definition asks for another
series instead of changing one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from charter.performance.definition import Definition
from charter.performance.fact import FACTS, Fact, instants_of
from charter.performance.relation import Business

Kind = Literal["value", "duration", "member"]
SLOTS = 24
COUNT_ALL = "count(*)"
BUSINESS = re.compile(r"\s*business\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Printed:
    """An expression as SQL over the relation, and the columns that it reads."""

    sql: str
    columns: frozenset[str]


Printer = Callable[[str, Fact, bool], Printed]


@dataclass(frozen=True, slots=True)
class Measured:
    """One definition in use: what a metric counts, by which calendar."""

    definition: Definition
    calendar: str = "standard"


@dataclass(frozen=True, slots=True)
class Series:
    """One scan of a fact: key, what is grouped by, what is counted."""

    kind: Kind
    fact: str
    where: str
    scope: str
    day: str
    calendar: str
    dimensions: tuple[str, ...]
    expressions: tuple[str, ...]
    columns: frozenset[str]
    business: frozenset[Business] = frozenset()

    @property
    def timed(self) -> bool:
        """Answers whether a business calendar takes part, so that a changed calendar changes its numbers."""
        derived = FACTS[self.fact].derived
        return bool(self.business) or any(derived[name].readings for name in self.columns if name in derived)

    @property
    def key(self) -> str:
        """Answers the identity of the series: 16 hex digits over everything that decides its numbers."""
        parts = (self.kind, self.fact, self.where, self.scope, self.day, self.dimensions, self.expressions)
        body = json.dumps([*parts, self.calendar if self.timed else ""], ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one component of a definition lies in the cube: series, slot (from 1) and its dimensions' positions."""

    series: str
    kind: Kind
    slot: int
    dimensions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """All series that the definitions in use ask for, and where each component of each lies."""

    series: Mapping[str, Series]
    places: Mapping[tuple[str, str, str], Place]

    def place(self, measured: Measured, component: str) -> Place:
        """Answers where a component lies; KeyError where the definition has none of that name."""
        return self.places[measured.definition.hash, measured.calendar, component]

    def of(self, measured: Measured) -> dict[str, Place]:
        """Answers where each component of a definition in use lies, by its name."""
        mine = (measured.definition.hash, measured.calendar)
        return {component: place for (*owner, component), place in self.places.items() if tuple(owner) == mine}


@dataclass(frozen=True, slots=True)
class _Wish:
    """One component as asked for: before it is laid into a series."""

    owner: tuple[str, str]
    component: str
    kind: Kind
    fact: str
    where: str
    scope: str
    day: str
    calendar: str
    dimensions: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    expression: str
    columns: frozenset[str]
    business: frozenset[Business]

    @property
    def scan(self) -> tuple[str, ...]:
        return (self.kind, self.fact, self.where, self.scope, self.day, self.calendar)


def plan(measured: Iterable[Measured], printer: Printer) -> Plan:
    """Answers the plan for these definitions; the order in which they are given never matters."""
    distinct = {(one.definition.hash, one.calendar): one for one in measured if one.definition.form != "dispersion"}
    wishes = [wish for _, one in sorted(distinct.items()) for wish in _wishes(one, printer)]
    series: dict[str, Series] = {}
    places: dict[tuple[str, str, str], Place] = {}
    by_scan: dict[tuple[str, ...], list[_Wish]] = {}
    for wish in wishes:
        by_scan.setdefault(wish.scan, []).append(wish)
    for scan in sorted(by_scan):
        for dimensions, group in _by_dimensions(by_scan[scan]).items():
            for one in _laid(dimensions, group):
                series[one.key] = one
                places.update(_places(one, group))
    return Plan(series, places)


def _wishes(one: Measured, printer: Printer) -> Iterable[_Wish]:
    definition, fact = one.definition, FACTS[one.definition.fact]
    filter_ = printer(definition.filter, fact, False) if definition.filter else Printed("", frozenset())
    dimensions = definition.all_dimensions
    for name, kind, expression, condition in _components(definition):
        span = _business(expression, fact)
        printed = Printed(f'"{span.name}"', frozenset()) if span else printer(expression, fact, kind == "value")
        also = printer(condition, fact, False) if condition else Printed("", frozenset())
        where = " AND ".join(f"({part.sql})" for part in (filter_, also) if part.sql)
        yield _Wish(
            (definition.hash, one.calendar), name, kind, definition.fact, where, definition.scope, definition.day,
            one.calendar, tuple(sorted(set(dimensions.values()))), tuple(sorted(dimensions.items())), printed.sql,
            printed.columns | filter_.columns | also.columns | set(dimensions.values()),
            frozenset({span} if span else ()),
        )  # fmt: skip


def _components(definition: Definition) -> Iterable[tuple[str, Kind, str, str | None]]:
    """Each component by name, kind, expression and extra condition. `n` is the population."""
    yield "n", "value", COUNT_ALL, None
    for name in ("numerator", "denominator", "classified", "lowering"):
        text = getattr(definition, name)
        if text:
            yield name, "value", text, None
    for name, text in definition.values.items():
        yield f"value.{name}", "value", text, None
    for name, part in definition.durations.items():
        yield f"duration.{name}", "duration", part.seconds, part.when
    if definition.distinct:
        for name in ("numerator", "denominator"):
            member = getattr(definition.distinct, name)
            yield f"member.{name}", "member", member.member, member.when


def _business(expression: str, fact: Fact) -> Business | None:
    found = BUSINESS.fullmatch(expression)
    known = set(instants_of(fact))
    if found and {found.group(1), found.group(2)} <= known:
        return Business(found.group(1), found.group(2))
    return None


def _by_dimensions(wishes: Sequence[_Wish]) -> Mapping[tuple[str, ...], list[_Wish]]:
    """Groups wishes of one scan by dimensions; fewer dimensions ride with a wish that has them all and more."""
    if wishes[0].kind != "value":  # histograms and memberships are large: each keeps to its own dimensions
        groups: dict[tuple[str, ...], list[_Wish]] = {}
        for wish in wishes:
            groups.setdefault(wish.dimensions, []).append(wish)
        return groups
    widest = sorted({wish.dimensions for wish in wishes}, key=lambda one: (-len(one), one))
    hosts: list[tuple[str, ...]] = []
    for one in widest:
        if not any(set(one) <= set(host) for host in hosts):
            hosts.append(one)
    groups = {host: [] for host in hosts}
    for wish in wishes:
        groups[next(host for host in hosts if set(wish.dimensions) <= set(host))].append(wish)
    return groups


def _laid(dimensions: tuple[str, ...], wishes: Sequence[_Wish]) -> Iterable[Series]:
    """Lays equal expressions into one slot; a value series has up to 24, the others one."""
    first = wishes[0]
    distinct = sorted({wish.expression for wish in wishes})
    size = SLOTS if first.kind == "value" else 1
    for start in range(0, len(distinct), size):
        chosen = tuple(distinct[start : start + size])
        mine = [wish for wish in wishes if wish.expression in chosen]
        columns = frozenset().union(*(wish.columns for wish in mine)) | set(dimensions)
        business = frozenset().union(*(wish.business for wish in mine))
        yield Series(
            first.kind, first.fact, first.where, first.scope, first.day, first.calendar, dimensions, chosen, columns,
            business,
        )  # fmt: skip


def _places(one: Series, wishes: Sequence[_Wish]) -> Mapping[tuple[str, str, str], Place]:
    position = {column: index + 1 for index, column in enumerate(one.dimensions)}
    return {
        (*wish.owner, wish.component): Place(
            one.key, one.kind, one.expressions.index(wish.expression) + 1, {n: position[c] for n, c in wish.names}
        )
        for wish in wishes
        if wish.expression in one.expressions
    }
