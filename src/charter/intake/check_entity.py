"""Findings over one entity of a source: its contract, its columns, its code lists, its expressions, its targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from charter.errors import CharterError, ContentError, Finding, Severity, nearest_hint
from charter.expression import check as check_expression
from charter.expression.codes import EXP002
from charter.intake.codes import (
    INT022,
    INT023,
    INT024,
    INT025,
    INT027,
    INT028,
    INT030,
    INT031,
    INT032,
    INT033,
    INT042,
    INT061,
    INT069,
)
from charter.intake.connectors.files import searched
from charter.intake.contract import Contract, Misuse
from charter.intake.declare import code_list, contract_of, entity_plan, place_of
from charter.intake.kinds import Entity
from charter.intake.plan import CodeTable, EntityPlan
from charter.intake.set_rule import why_not_run
from charter.intake.target import TARGETS
from charter.intake.value_sql import no_day_format
from charter.model.check import CheckContext
from charter.model.model import Effective
from charter.model.path import Path, show_path

_NO_COLUMN = EXP002.text.partition("{")[0]


@dataclass
class _Desk:
    """One entity with what could be found of it: its contract, and its lists by lookup."""

    context: CheckContext
    source: Effective
    entity: Entity
    contract: Contract | None = None
    lists: dict[str, CodeTable] = field(default_factory=dict)

    @property
    def layer(self) -> str:
        return self.source.document.layer


def entity_findings(context: CheckContext, source: Effective, entity: Entity) -> Iterator[Finding]:
    """Answers all that is wrong with an entity; what hangs on a contract or list that is not there is left alone."""
    desk = _Desk(context, source, entity)
    for pattern in entity.files:
        yield from path_findings(context, source, searched(pattern)[0], place_of(entity, "files"), pattern)
    try:
        desk.contract = contract_of(context.model, source, entity)
    except ContentError as error:
        yield _told(error, desk.layer)
    for lookup in entity.lookups:
        try:
            desk.lists[lookup.id] = code_list(context.model, source, entity, lookup)
        except ContentError as error:
            yield _told(error, desk.layer)
    yield from _formats(desk)
    yield from _targets(desk)
    yield from _totals(desk)
    if desk.contract is not None:
        yield from _columns(desk, desk.contract)
        yield from _lookups(desk, desk.contract)
        yield from _expressions(desk, desk.contract)
        yield from _unenforced(desk, desk.contract)


def path_findings(context: CheckContext, source: Effective, text: str, at: Path, shown: str | None = None) -> Iterator[Finding]:
    """Answers the finding of the kernel for a path that leads out of the workspace and its input roots."""
    try:
        context.workspace.resolve_path(text, source.document)
    except CharterError as error:
        message = error.message.replace("spec ", f"{show_path(at)} ", 1).replace(f": {text}", f": {shown or text}")
        yield Finding(error.code, Severity.ERROR, message, source.origin(at), error.hint, source.document.layer)


def _told(error: CharterError, layer: str) -> Finding:
    return Finding(error.code, Severity.ERROR, error.message, error.origin, error.hint, layer)


def _columns(desk: _Desk, contract: Contract) -> Iterator[Finding]:
    entity = desk.entity
    if not entity.key and not entity.document:
        yield INT031.finding(desk.source.origin(place_of(entity)), layer=desk.layer, what=show_path(place_of(entity)))
    named: dict[Path, tuple[str, ...]] = {("key",): entity.key, ("document",): entity.document}
    named |= {("lookups", f"[{lookup.id}]", "on"): lookup.on for lookup in entity.lookups}
    for below, columns in named.items():
        for column in columns:
            if column not in contract.types():
                yield _no_column(desk, contract, place_of(entity, *below), column)


def _no_column(desk: _Desk, contract: Contract, at: Path, column: str, near: str | None = None) -> Finding:
    near = near or nearest_hint(column, contract.types(), "name one of its columns")
    told = contract.label.partition(" ")[0]
    return INT022.finding(desk.source.origin(at), layer=desk.layer, what=show_path(at), column=column, contract=told, near=near)


def _lookups(desk: _Desk, contract: Contract) -> Iterator[Finding]:
    del contract
    for lookup in desk.entity.lookups:
        listed = desk.lists.get(lookup.id)
        if listed is not None and len(lookup.on) != len(listed.key):
            at = place_of(desk.entity, "lookups", f"[{lookup.id}]", "on")
            yield INT028.finding(
                desk.source.origin(at), layer=desk.layer, what=show_path(at[:-1]), found=len(lookup.on), ref=lookup.list,
                expected=len(listed.key),
            )  # fmt: skip


def _targets(desk: _Desk) -> Iterator[Finding]:
    for name, mapping in desk.entity.targets.items():
        at = place_of(desk.entity, "targets", name)
        origin, target = desk.source.origin(at), TARGETS.get(name)
        if target is None:
            near = nearest_hint(name, TARGETS, "use one of those named")
            what = show_path(at[:-1])
            yield INT023.finding(origin, layer=desk.layer, what=what, target=name, known=", ".join(TARGETS), near=near)
            continue
        for key in mapping:
            if target.column_for(key) is None:
                near = nearest_hint(key, [*target.columns(), *target.aliases], "docs/reference/tables.md lists its columns")
                place = desk.source.origin((*at, key))
                yield INT024.finding(place, layer=desk.layer, what=show_path(at[:-1]), target=name, column=key, near=near)
        for column in target.missing(mapping):
            yield INT030.finding(origin, layer=desk.layer, what=show_path(at[:-1]), target=name, column=column)
    first = next(iter(desk.entity.targets))
    if desk.entity.version and first in TARGETS and not TARGETS[first].keeps_versions():
        at = place_of(desk.entity, "version")
        yield INT033.finding(desk.source.origin(at), layer=desk.layer, what=show_path(at), target=first)


def _totals(desk: _Desk) -> Iterator[Finding]:
    """What totals are about, where it is written out, is an entity of the same source: there is nothing else to compare them with."""
    text = desk.entity.targets.get("control_total", {}).get("entity", "")
    named = re.fullmatch(r"\s*'([^']*)'\s*", text)
    known = [one.id for one in desk.source.spec.entities]
    if named and named[1] not in known:
        at = place_of(desk.entity, "targets", "control_total", "entity")
        near = nearest_hint(named[1], known, f"the source has {', '.join(known)}")
        yield INT069.finding(desk.source.origin(at), layer=desk.layer, what=show_path(at), entity=named[1], near=near)


def _expressions(desk: _Desk, contract: Contract) -> Iterator[Finding]:
    columns = dict(contract.types())
    for lookup, listed in desk.lists.items():
        columns |= {f"{lookup}.{name}": "VARCHAR" for name in listed.columns}
    for at, text in _texts(desk.entity).items():
        _, found = check_expression(text, columns=columns)
        for finding in found:
            told = _expression_finding(desk, contract, at, finding)
            if told is not None:
                yield told


def _texts(entity: Entity) -> Mapping[Path, str]:
    """Answers every expression of an entity, by its path."""
    told = {"value": entity.value, "currency": entity.currency, "day": entity.day, "version": entity.version}
    found = {place_of(entity, name): text for name, text in told.items() if text}
    found |= {place_of(entity, "exclude", f"[{rule.reason}]", "when"): rule.when for rule in entity.exclude}
    for target, mapping in entity.targets.items():
        found |= {place_of(entity, "targets", target, key): text for key, text in mapping.items()}
    return found


def _expression_finding(desk: _Desk, contract: Contract, at: Path, found: Finding) -> Finding | None:
    if found.code != EXP002.code:
        what = show_path(at)
        return INT032.finding(desk.source.origin(at), layer=desk.layer, what=what, problem=found.message, near=found.hint or "")
    column = found.message.removeprefix(_NO_COLUMN)
    lookup, dot, name = column.partition(".")
    known = next((one for one in desk.entity.lookups if dot and one.id == lookup), None)
    if known is None:
        return _no_column(desk, contract, at, column, found.hint)
    listed = desk.lists.get(lookup)
    if listed is None:
        return None
    near, origin = nearest_hint(name, listed.columns, "name one of its columns"), desk.source.origin(at)
    return INT027.finding(
        origin, layer=desk.layer, what=show_path(at), ref=known.list, column=name, known=", ".join(listed.columns), near=near
    )


def _formats(desk: _Desk) -> Iterator[Finding]:
    """Formats by which no day can be read, told where the source has them."""
    for name in ("dates", "timestamps"):
        told = getattr(desk.entity.format, name, None)
        if told and (why := no_day_format(told)):
            yield INT042.finding(desk.source.origin(place_of(desk.entity, "format", name)), layer=desk.layer, value=told, why=why)


def _unenforced(desk: _Desk, contract: Contract) -> Iterator[Finding]:
    """Rules of the contract that nobody can run, or not so, told where the contract has them."""
    found = desk.context.model.effective(desk.entity.contract, desk.source.ref.home)
    if found is None:
        return
    plan = entity_plan(desk.context.model, desk.source, desk.entity, contract, desk.lists)
    for misuse in (*contract.misuses, *_ratchets_of_keys(plan)):
        origin, layer = found.document.origin_of(misuse.place), found.document.layer
        yield INT061.finding(origin, layer=layer, contract=contract.label, rule=misuse.id, why=misuse.why)
    loose = [(rule.id, rule.why, rule.place) for rule in contract.unenforced]
    loose += [(rule.id, why, rule.place) for rule in contract.set_rules if (why := why_not_run(rule, plan))]
    for rule, why, place in loose:
        origin, layer = found.document.origin_of(place), found.document.layer
        yield INT025.finding(origin, layer=layer, contract=contract.label, rule=rule, why=why)


def _ratchets_of_keys(plan: EntityPlan) -> Iterator[Misuse]:
    kept = plan.ratchets()
    for rule in plan.contract.ratchets():
        if rule.id not in kept:
            why = f"{rule.column} tells rows apart, and a row without it is always held; it cannot be a ratchet"
            yield Misuse(rule.id, why)
