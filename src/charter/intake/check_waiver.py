"""Findings over the waivers of contract rules: what they name, who granted them, where they stand, when they end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from pydantic import ValidationError

from charter.errors import ContentError, Finding, in_layer, nearest_hint
from charter.intake.action import Action
from charter.intake.codes import INT020, INT037, INT062, INT063, INT064, INT065, INT066, INT068
from charter.intake.declare import contract_of, entity_plan
from charter.intake.kinds import ContractWaiverSpec, Entity
from charter.intake.plan import EntityPlan
from charter.intake.target import TARGETS
from charter.intake.waiver import KIND, Written, written_waivers
from charter.model.check import CheckContext
from charter.model.conformance import validation_findings
from charter.model.model import Effective
from charter.model.ref import folder_of, parse_ref

WARN_DAYS = timedelta(days=30)


def waivers(context: CheckContext) -> Iterator[Finding]:
    """Answers what is wrong with the waivers of contract rules."""
    yield from _unreadable(context)
    written = written_waivers(context.model)
    for one in written:
        yield from _granted(one)
        yield from _ends(context, one, written)
        sources = context.model.all_refs("Source")
        if one.source is None or one.source not in sources:
            near = nearest_hint(one.spec.source, map(str, sources), "name a Source")
            yield INT020.finding(one.origin("source"), layer=one.document.layer, what="spec.source", ref=one.spec.source, near=near)
        elif (found := context.model.effective(one.source, one.source.home)) is not None:
            yield from _named(context, one, found)


def _unreadable(context: CheckContext) -> Iterator[Finding]:
    """What the type of the kind finds beyond the kernel, which looks at fields one by one: what is missing, a person's form."""
    told = {finding.origin for finding in context.workspace.findings}
    for document in context.model.workspace.documents:
        if document.kind.name == KIND:
            try:
                ContractWaiverSpec.model_validate(document.spec)
            except ValidationError as error:
                found = validation_findings(error, document.file, document.places, KIND, ContractWaiverSpec)
                yield from (in_layer(one, document.layer) for one in found if one.origin not in told)


def _granted(one: Written) -> Iterator[Finding]:
    told = one.waived()
    if one.spec.requester == one.spec.approver:
        yield _void(one, "approver", f"{one.spec.requester} requested and approved it", "another person must approve")
    if told.expires <= told.begin:
        yield _void(one, "expires", f"it begins on {told.begin} and ends on {told.expires}", "let it end after it begins")


def _void(one: Written, field: str, why: str, near: str) -> Finding:
    return INT064.finding(one.origin(field), layer=one.document.layer, waiver=one.name, why=why, near=near)


def _ends(context: CheckContext, one: Written, others: tuple[Written, ...]) -> Iterator[Finding]:
    told, spec = one.waived(), one.spec
    same = [other.waived() for other in others if (other.source, other.spec.entity) == (one.source, spec.entity)]
    if told.expires <= told.begin or any(other.rule == told.rule and other.begin <= told.expires < other.expires for other in same):
        return
    days = (told.expires - context.as_of).days
    if told.expires <= context.as_of:
        what = f"ended on {told.expires}: rows that break {told.rule} are held again"
    elif told.begin <= context.as_of and told.expires - context.as_of <= WARN_DAYS:
        what = f"ends in {days} day{'' if days == 1 else 's'}, on {told.expires}"
    else:
        return
    near = "keep it, so that what came while it held is read again as it came; mend the cause, or grant another"
    yield INT066.finding(one.origin("expires"), layer=one.document.layer, waiver=one.name, what=what, near=near)


def _named(context: CheckContext, one: Written, found: Effective) -> Iterator[Finding]:
    layer, spec, tree = one.document.layer, one.spec, context.workspace.tree
    if spec.scope not in tree:
        near = nearest_hint(spec.scope, tree.scopes(), "scopes are declared in group/")
        yield INT037.finding(one.origin("scope"), layer=layer, what="spec.scope", scope=spec.scope, near=near)
    entities = {entity.id: entity for entity in found.spec.entities}
    if spec.entity not in entities:
        yield _unknown(one, "entity", spec.entity, tuple(entities), tuple(entities))
        return
    try:
        contract = contract_of(context.model, found, entities[spec.entity])
    except ContentError:
        # It is told of the entity.
        return
    yield from _stands(context, one, entities[spec.entity], found)
    yield from _rule(one, entity_plan(context.model, found, entities[spec.entity], contract, {}))


def _unknown(one: Written, field: str, name: str, known: Iterable[str], named: Iterable[str]) -> Finding:
    near, source = (
        nearest_hint(name, known, "name one of them"),
        f"{one.spec.source}{'' if field == 'entity' else '/' + one.spec.entity}",
    )
    return INT062.finding(
        one.origin(field), layer=one.document.layer, waiver=one.name, source=source, what=field, name=name,
        known=", ".join(named) or "none", near=near,
    )  # fmt: skip


def _stands(context: CheckContext, one: Written, entity: Entity, source: Effective) -> Iterator[Finding]:
    ref = parse_ref(entity.contract)
    found = context.model.effective(ref, source.ref.home) if ref else None
    if found is None:
        return
    holder, tree = found.document.layer, context.workspace.tree
    if one.document.layer not in (tree.find_chain(holder, context.as_of) or (holder, "group")):
        yield INT065.finding(
            one.document.origin, layer=one.document.layer, waiver=one.name, place=one.document.layer, contract=entity.contract,
            holder=holder, folder=folder_of(holder),
        )  # fmt: skip


def _rule(one: Written, plan: EntityPlan) -> Iterator[Finding]:
    rule, layer, known = one.spec.rule, one.document.layer, _rules(plan)
    if rule not in known:
        held = [name for name, action in known.items() if action in (Action.QUARANTINE, Action.RATCHET)]
        yield _unknown(one, "rule", rule, known, held)
    elif known[rule] is Action.WARN:
        yield INT068.finding(one.origin("rule"), layer=layer, waiver=one.name, rule=rule)
    elif isinstance(why := known[rule], str) and not isinstance(why, Action):
        yield INT063.finding(one.origin("rule"), layer=layer, waiver=one.name, rule=rule, why=why, near=_INSTEAD)


_INSTEAD = "mend the rows in the source and deliver them again, or mend the contract"
_OF_DELIVERY = "it refuses whole deliveries; let it hold rows (charterAction: quarantine), and waive it then"
_OF_SET = "it judges the delivery as a whole, and no row of it"
_OF_TYPE = "a value that cannot be read is never taken in as nothing"
_OF_KEY = "without its key a row cannot be told from others"
_OF_PLACE = "a row of no known scope would be in no number"
_OF_SIGN = (
    "a credit note that adds to turnover is in no total; let the mapping turn its sign, or tell a charge within it as kind invoice"
)
_OF_LINE = "such a line is no row"


def _rules(plan: EntityPlan) -> dict[str, Action | str]:
    """Answers every rule that rows of an entity can break: its action, or why it cannot be waived."""
    keys = {f"{name}:required" for name in plan.entity.key or plan.entity.document}
    found: dict[str, Action | str] = {}
    for rule in plan.row_rules():
        blocked = _OF_DELIVERY if rule.action is Action.BLOCK else rule.action
        found[rule.id] = _OF_TYPE if rule.test == "type" else _OF_KEY if rule.id in keys else blocked
    found |= {f"{lookup.id}:lookup": Action.QUARANTINE for lookup in plan.entity.lookups if lookup.required}
    found |= {f"{'+'.join(columns)}:unique": _OF_KEY for columns in plan.unique_keys()}
    found |= {rule.id: _OF_SET for rule in plan.contract.set_rules}
    found |= {f"row:{name}": _OF_LINE for name in ("columns", "unreadable", "quotes", "json", "width")}
    return {**_of_mapping(plan), **found}


def _of_mapping(plan: EntityPlan) -> Mapping[str, str]:
    """Answers the rules that a mapping adds, with why none of them can be waived."""
    found: dict[str, str] = {}
    for name, mapping in plan.entity.targets.items():
        target = TARGETS.get(name)
        columns = [target.column_for(key) or key for key in mapping] if target else []
        for key in (*mapping, *columns, *("value", "currency", "day", "version")):
            found[f"{key}:type"] = _OF_TYPE
        if target is not None:
            found |= {f"{column}:scope": _OF_PLACE for column in target.scopes()}
            found |= {f"{column}:required": _OF_KEY for column in target.needed}
            found |= {f"{column}:enum": "the numbers know no other word" for column in target.allowed}
            found |= dict.fromkeys(target.rules, _OF_SIGN)
    return found
