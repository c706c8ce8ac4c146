"""From the model to what intake works with: a source's entities with contract, code lists and scopes, ready to be taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from charter.errors import CharterError, ContentError, Origin, nearest_hint
from charter.expression import misfits, parse, to_sql
from charter.intake.codes import INT020, INT021, INT032
from charter.intake.connectors.protocol import Reach
from charter.intake.contract import Contract, object_names, read_contract
from charter.intake.kinds import CodeListSpec, Entity, Lookup, SourceSpec
from charter.intake.plan import CodeTable, Compiled, EntityPlan, Place, code_table
from charter.intake.source_plan import SourcePlan
from charter.intake.value_sql import identifier
from charter.intake.waiver import waivers_of
from charter.model.model import Effective, Model
from charter.model.path import Path, show_path
from charter.model.ref import Ref, level_of, parse_ref
from charter.model.scope import ScopeSlice, ScopeTree


def declared(model: Model, ref: Ref, *, environment: Mapping[str, str], scratch: FilePath) -> SourcePlan:
    """Answers the source that a Ref declares, ready to be taken in.

    Raises:
        ContentError: its document, a contract or a code list cannot be used.
    """
    effective = model.effective(ref, ref.home)
    if effective is None:
        raise INT032.exception(what=str(ref), problem="it is not whole", near="`charter check` says what is missing")
    spec: SourceSpec = effective.spec
    document = effective.document
    entities = tuple(_entity(model, effective, entity) for entity in spec.entities)
    reach = Reach(lambda text: model.workspace.resolve_path(text, document), model.workspace.root, environment, scratch)
    zone = model.settings.time_zone
    return SourcePlan(ref.full_name, entities, places(model.tree, zone), reach, zone)


def entity_plan(
    model: Model, effective: Effective, entity: Entity, contract: Contract, lists: Mapping[str, CodeTable]
) -> EntityPlan:
    """Answers what is needed to take an entity in, from its contract and its code lists."""
    spec: SourceSpec = effective.spec
    zone = dict(model.tree.attributes(spec.scope, model.as_of)).get("time_zone") if spec.scope in model.tree else None
    origin = effective.origin(place_of(entity))

    def compiled(text: str, columns: Mapping[str, str], aggregates: bool) -> Compiled:
        joined = {name: identifier(name) for name in columns if "." in name}
        parsed = parse(text, columns=columns, aggregates=aggregates, origin=origin)
        return Compiled(to_sql(parsed, rename=joined, lenient=not aggregates), misfits(parsed, joined))

    return EntityPlan(
        effective.ref.full_name, spec.system, spec.scope, spec.time_zone, zone or model.settings.time_zone, spec.connection, entity,
        contract, lists, compiled, waivers_of(model, effective.ref, entity.id),
    )  # fmt: skip


def _entity(model: Model, effective: Effective, entity: Entity) -> EntityPlan:
    contract = contract_of(model, effective, entity)
    lists = {lookup.id: code_list(model, effective, entity, lookup) for lookup in entity.lookups}
    return entity_plan(model, effective, entity, contract, lists)


def place_of(entity: Entity, *below: str) -> Path:
    """Answers the path of an entity in its source, or of what stands below it."""
    return ("spec", "entities", f"[{entity.id}]", *below)


def contract_of(model: Model, effective: Effective, entity: Entity) -> Contract:
    """Answers the contract that an entity names, for the object that it names (or the only one)."""
    found = _named(model, effective, entity.contract, "DataContract", place_of(entity, "contract"))
    raw: Mapping[str, Any] = found.raw
    label = f"{found.ref.full_name} {raw.get('version', '')}".strip()
    try:
        names = object_names(raw)
        wanted = entity.object or (names[0] if len(names) == 1 else "")
        if wanted in names:
            return read_contract(raw, wanted, label)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _broken(effective, entity.contract, place_of(entity, "contract")) from error
    near = nearest_hint(wanted, names, "name one of them under `object`")
    origin = effective.origin(place_of(entity, "object" if entity.object else "contract"))
    raise INT021.exception(
        origin, contract=entity.contract, object=wanted or "of no name", known=", ".join(names) or "none", near=near
    )


def code_list(model: Model, effective: Effective, entity: Entity, lookup: Lookup) -> CodeTable:
    """Answers a code list's rows, from its document or its file."""
    at = place_of(entity, "lookups", f"[{lookup.id}]", "list")
    found = _named(model, effective, lookup.list, "CodeList", at)
    try:
        return code_table(lookup.list, found.spec.key, [row for row, _ in listed_rows(model, found)])
    except ContentError as error:
        raise _broken(effective, lookup.list, at) from error


def listed_rows(model: Model, found: Effective) -> list[tuple[Mapping[str, Any], Origin]]:
    """Answers the rows of a code list with their places. ContentError: its file cannot be read."""
    spec: CodeListSpec = found.spec
    if spec.file:
        return [(row.fields, row.origin) for row in model.workspace.table(found.document).rows]
    return [(row, found.document.origin_of(("spec", "rows", at))) for at, row in enumerate(spec.rows)]


def _named(model: Model, effective: Effective, text: str, kind: str, at: Path) -> Effective:
    target, scope = parse_ref(text), effective.ref.home
    visible = model.refs(kind, scope)
    if target is None or target not in visible:
        near = nearest_hint(text, map(str, visible), f"declare the {kind}, or mend the name")
        raise INT020.exception(effective.origin(at), what=show_path(at), ref=text, near=near)
    found = model.effective(target, scope)
    if found is None:
        raise _broken(effective, text, at)
    return found


def _broken(effective: Effective, text: str, at: Path) -> CharterError:
    hint = "it is there, but not whole: `charter check` says what is wrong with it"
    return INT020.exception(effective.origin(at), what=show_path(at), ref=text, hint=hint)


def places(tree: ScopeTree, home_zone: str) -> tuple[Place, ...]:
    """Answers every slice of every scope with its time zone and its chain: where rows may belong, and when."""
    found: list[Place] = []
    for scope in tree.scopes():
        for one in tree.slices(scope):
            day = one.begin
            attributes = tree.attributes(scope, day) if day else dict(one.attributes)
            zone = attributes.get("time_zone") or _zone_above(tree, one.parent) or home_zone
            found += _parts(tree, scope, one, zone)
    return tuple(found)


def _parts(tree: ScopeTree, scope: str, one: ScopeSlice, zone: str) -> Iterator[Place]:
    """Yields a slice of a scope in parts, in each of which its chain is one."""
    inner = (day for day in tree.boundaries_above(scope) if (one.begin or date.min) < day < (one.end or date.max))
    bounds = [one.begin, *sorted(inner), one.end]
    for begin, end in pairwise(bounds):
        chain = tree.find_chain(scope, begin or date.min) or ()
        region, market = (next((above for above in chain if level_of(above) == level), None) for level in ("region", "market"))
        yield Place(scope, begin, end, zone, region, market)


def _zone_above(tree: ScopeTree, parent: str | None) -> str | None:
    while parent:
        last = tree.slices(parent)[-1]
        if last.attributes.get("time_zone"):
            return last.attributes["time_zone"]
        parent = last.parent
    return None
