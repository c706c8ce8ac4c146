"""What is wrong with a definition that a workspace writes: told at the place of each part, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.errors import CharterError, Finding, Origin, nearest_hint
from charter.performance.codes import PRF006, PRF007, PRF008, PRF009, PRF017
from charter.performance.definition import Definition
from charter.performance.fact import FACTS, Fact, instants_of
from charter.performance.plan import BUSINESS
from charter.performance.printing import printer

if TYPE_CHECKING:
    from charter.model.model import Effective

MAX_DIMENSIONS = 4
_NODE = ("spec", "definition")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One expression of a definition: where it stands, its text, and whether it is a component that is summed."""

    path: Path
    text: str
    component: bool = False
    duration: bool = False


def definition_findings(effective: Effective, definition: Definition) -> Iterator[Finding]:
    """Answers what is wrong with an own definition as it holds at the document's scope."""
    fact = FACTS.get(definition.fact)
    if fact is None:
        known = ", ".join(FACTS)
        near = nearest_hint(definition.fact, FACTS, f"use one of {known}")
        yield PRF006.finding(effective.origin((*_NODE, "fact")), layer=effective.scope, fact=definition.fact, near=near)
        return
    yield from _dimensions(effective, definition)
    yield from _columns(effective, definition, fact)
    for part in parts_of(definition):
        yield from _part(effective, fact, part)


def parts_of(definition: Definition) -> Iterator[Part]:
    """Yields every expression of a definition."""
    if definition.filter:
        yield Part(("filter",), definition.filter)
    for name in ("numerator", "denominator", "classified", "lowering"):
        if text := getattr(definition, name):
            yield Part((name,), text, component=True)
    for name, text in definition.values.items():
        yield Part(("values", name), text, component=True)
    for name, duration in definition.durations.items():
        yield Part(("durations", name, "seconds"), duration.seconds, duration=True)
        if duration.when:
            yield Part(("durations", name, "when"), duration.when)
    for name in ("numerator", "denominator") if definition.distinct else ():
        member = getattr(definition.distinct, name)
        yield Part(("distinct", name, "member"), member.member)
        if member.when:
            yield Part(("distinct", name, "when"), member.when)


def _part(effective: Effective, fact: Fact, part: Part) -> Iterator[Finding]:
    span = BUSINESS.fullmatch(part.text) if part.duration else None
    if span:
        yield from _span(effective, fact, part, span.groups())
        return
    try:
        printer(part.text, fact, part.component)
    except CharterError as error:
        if error.code == PRF017.code:
            yield PRF017.finding(_origin(effective, part.path), layer=effective.scope, component=_told(part.path))
        else:
            yield _unreadable(effective, part.path, error.message, error.hint or "")


def _span(effective: Effective, fact: Fact, part: Part, columns: tuple[str, ...]) -> Iterator[Finding]:
    instants = tuple(instants_of(fact))
    for column in columns:
        if column not in instants:
            near = nearest_hint(column, instants, f"{fact.table} has {', '.join(instants) or 'no instants'}")
            yield _unreadable(effective, part.path, f"there is no instant {column}", near)


def _unreadable(effective: Effective, path: Path, reason: str, near: str) -> Finding:
    return PRF007.finding(_origin(effective, path), layer=effective.scope, part=_told(path), reason=reason, near=near)


def _dimensions(effective: Effective, definition: Definition) -> Iterator[Finding]:
    count = len(definition.all_dimensions)
    if count > MAX_DIMENSIONS:
        origin = _origin(effective, ("dimensions",))
        yield PRF008.finding(origin, layer=effective.scope, metric=_name(effective), count=count, limit=MAX_DIMENSIONS)


def _columns(effective: Effective, definition: Definition, fact: Fact) -> Iterator[Finding]:
    """The attribution must be one that changed rows tell of; dimensions and the currency must be columns."""
    scopes = tuple(dict.fromkeys(scope for scope, _ in fact.attributions))
    days = tuple(
        dict.fromkeys(day for scope, day in fact.attributions if scope == definition.scope or definition.scope not in scopes)
    )
    wanted: list[tuple[Path, str, str, tuple[str, ...]]] = [
        (("scope",), definition.scope, "scope", scopes),
        (("day",), definition.day, "day", days),
    ]
    wanted += [(("dimensions", name), column, "dimension", fact.offers()) for name, column in definition.dimensions.items()]
    wanted += [(("currency",), definition.currency, "currency", fact.columns)] if definition.currency else []
    for path, column, what, known in wanted:
        if column not in known:
            near = nearest_hint(column, known, f"{fact.table} has {', '.join(known[:8])}")
            yield PRF009.finding(
                _origin(effective, path), layer=effective.scope, column=column, what=what, fact=fact.table, near=near
            )


def _origin(effective: Effective, path: Path) -> Origin:
    return effective.origin((*_NODE, *path))


def _told(path: Path) -> str:
    return ".".join((*_NODE, *path))


def _name(effective: Effective) -> str:
    return effective.ref.full_name
