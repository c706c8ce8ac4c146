"""From the model to what intake works with: a source's entities with contract, code lists and scopes, ready to be taken in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from charter.errors import Origin, nearest_hint
from charter.expression import parse, to_sql
from charter.intake.codes import INT020, INT021, INT032
from charter.intake.connectors.protocol import Reach
from charter.intake.contract import Contract, object_names, read_contract
from charter.intake.kinds import CodeListSpec, Entity, SourceSpec
from charter.intake.plan import CodeTable, EntityPlan, Place, code_table
from charter.intake.take import SourcePlan
from charter.intake.value_sql import identifier
from charter.model.model import Effective, Model
from charter.model.ref import Ref
from charter.model.scope import ScopeTree


def declared(model: Model, ref: Ref, *, environment: Mapping[str, str], scratch: Path) -> SourcePlan:
    """Answers the source that a Ref declares, ready to be taken in.

    Raises:
        ContentError: its document, a contract or a code list cannot be used.
    """
    effective = model.effective(ref, ref.home)
    if effective is None:
        raise INT032.exception(what=str(ref), problem="it is not whole", near="`charter check` says what is missing")
    spec: SourceSpec = effective.spec
    document = effective.document
    entities = tuple(_entity(model, effective, spec, entity) for entity in spec.entities)
    reach = Reach(lambda text: model.workspace.resolve_path(text, document), environment, scratch)
    return SourcePlan(ref.full_name, entities, places(model.tree, model.settings.time_zone), reach)


def _entity(model: Model, effective: Effective, spec: SourceSpec, entity: Entity) -> EntityPlan:
    origin = effective.origin(f"spec.entities[{entity.id}]")
    contract = contract_of(model, entity, effective.ref.home, origin)
    lists = {lookup.id: code_list(model, lookup.list, effective.ref.home, origin) for lookup in entity.lookups}
    zone = dict(model.tree.attributes(spec.scope, model.as_of)).get("time_zone") if spec.scope in model.tree else None

    def compiled(text: str, columns: Mapping[str, str], aggregates: bool) -> str:
        joined = {name: identifier(name) for name in columns if "." in name}
        return to_sql(parse(text, columns=columns, aggregates=aggregates, origin=origin), rename=joined)

    return EntityPlan(
        effective.ref.full_name, spec.system, spec.scope, spec.time_zone, zone or model.settings.time_zone, spec.connection, entity,
        contract, lists, compiled,
    )  # fmt: skip


def contract_of(model: Model, entity: Entity, scope: str, origin: Origin) -> Contract:
    """Answers the contract that an entity names, for the object that it names (or the only one)."""
    found = model.effective(entity.contract, scope)
    raw: Mapping[str, Any] = found.raw if found else {}
    names = object_names(raw)
    wanted = entity.object or (names[0] if len(names) == 1 else "")
    if wanted not in names:
        near = nearest_hint(wanted, names, "name one under `object`")
        known = ", ".join(names) or "none"
        raise INT021.exception(origin, contract=entity.contract, object=wanted or "of no name", known=known, near=near)
    return read_contract(raw, wanted, f"{entity.contract.partition(':')[2]} {raw.get('version', '')}".strip())


def code_list(model: Model, ref: str, scope: str, origin: Origin) -> CodeTable:
    """Answers a code list's rows, from its document or its file."""
    found = model.effective(ref, scope)
    if found is None:
        raise INT020.exception(origin, what=str(origin), ref=ref, near="declare the CodeList")
    spec: CodeListSpec = found.spec
    if spec.file:
        rows = [row.fields for row in model.workspace.table(found.document).rows]
        return code_table(ref, spec.key, rows)
    return code_table(ref, spec.key, spec.rows)


def places(tree: ScopeTree, home_zone: str) -> tuple[Place, ...]:
    """Answers every slice of every scope with its time zone: where rows may belong, and when."""
    found = []
    for scope in tree.scopes():
        for one in tree.slices(scope):
            day = one.begin
            attributes = tree.attributes(scope, day) if day else dict(one.attributes)
            zone = attributes.get("time_zone") or _zone_above(tree, one.parent) or home_zone
            found.append(Place(scope, one.begin, one.end, zone))
    return tuple(found)


def _zone_above(tree: ScopeTree, parent: str | None) -> str | None:
    while parent:
        last = tree.slices(parent)[-1]
        if last.attributes.get("time_zone"):
            return last.attributes["time_zone"]
        parent = last.parent
    return None
