"""Findings of resolving: writes that do not pass, what results and breaks its kind, locks and waivers without effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from charter.errors import Finding, did_you_mean, nearest_hint
from charter.model import codes
from charter.model.check_references import reference_findings
from charter.model.document import Document, Write, nested
from charter.model.edit import flow
from charter.model.fold import NOOP, REJECTED, UNKNOWN, Fold, Step
from charter.model.kind import Kind
from charter.model.lock import IMPLICIT, Rule, known_target
from charter.model.model import Model
from charter.model.path import Path, show_path, under
from charter.model.ref import Ref, folder_of, is_scope_id, parse_ref
from charter.model.waiver import Waiver, valid_waivers, waiver_of
from charter.model.workspace import Workspace

WARN_DAYS = 30


def fold_findings(model: Model, ref: Ref, layer: str, asked: date) -> Iterator[Finding]:
    """Answers the findings of one document of a Ref: its writes, its promises, and what it results in."""
    if ref.home not in model.tree.chain(layer, model.as_of):
        document = model.layers_of(ref)[layer][0]
        yield codes.MOD011.finding(
            document.origin, layer=layer, ref=ref, home=ref.home, scope=layer, day=model.as_of, scopes=ref.home
        )
        return
    fold = model.fold(ref, layer)
    for step in fold.steps:
        if step.layer == layer and not (model.as_of != asked and _is_waived_for_a_time(model, ref, step)):
            yield from _step_finding(model, ref, step)
    document = model.layers_of(ref)[layer][0]
    if fold.based and len(model.layers_of(ref)[layer]) == 1:
        if model.as_of == asked:
            yield from _review(model, document)
        if not any(step.verdict == UNKNOWN for step in fold.steps):
            yield from _whole(model, ref, layer, document, fold)
        yield from reference_findings(model, ref, layer, document, fold)


def _is_waived_for_a_time(model: Model, ref: Ref, step: Step) -> bool:
    """Whether waivers let the write through on other days."""
    known = model.workspace.waivers.get(str(ref)) if step.refusing else None
    if not known:
        return False
    write = Write(step.segments, step.value, step.place, step.delete)
    chain = model.tree.chain(step.layer, model.as_of)
    mine = [one for one in known if one.is_about(ref, step.layer, write)]
    return bool(mine) and all(
        any(one.reaches(rule, chain) and one.admits(write, model.fold(ref, rule.holder).values.get(step.segments)) for one in mine)
        for rule in step.refusing
    )


def _step_finding(model: Model, ref: Ref, step: Step) -> Iterator[Finding]:
    if step.verdict == UNKNOWN and step.code == "MOD012":
        near = did_you_mean(str(ref), [str(one) for one in model.all_refs(ref.kind)]) or "another name"
        own = f"{step.layer}/{ref.name}"
        yield codes.MOD012.finding(
            step.origin, layer=step.layer, ref=ref, home=ref.home, day=model.as_of, near=near, own=own,
        )  # fmt: skip
    elif step.verdict in (REJECTED, UNKNOWN) and step.code in _TOLD:
        yield _TOLD[step.code](model, ref, step)
    elif step.verdict == NOOP:
        holder = step.refusing[0].holder if step.refusing else ref.home
        code = codes.MOD018_NOTHING if step.delete else codes.MOD018
        yield code.finding(step.origin, layer=step.layer, path=step.path, holder=holder)


def _stands(model: Model, ref: Ref, step: Step) -> str:
    kind = next(iter(model.layers_of(ref).values()))[0].kind
    value = nested(model.fold(ref, step.layer).values, kind, step.segments)
    return "nothing" if value is None else flow(value) if isinstance(value, dict | list | tuple) else str(value)


def _first(step: Step, mode: str | None = None) -> Rule:
    return next((rule for rule in step.refusing if mode in (None, rule.mode)), step.refusing[0])


def _locked(model: Model, ref: Ref, step: Step) -> Finding:
    rule = next(
        (rule for rule in step.refusing if rule.mode in ("locked", "default", "local") or rule.lock == IMPLICIT),
        step.refusing[0],
    )
    place = "implicit" if rule.lock == IMPLICIT else rule.origin
    return codes.MOD020.finding(
        step.origin, layer=step.layer, path=step.path, holder=rule.holder, rule=place, value=_value(step),
        effective=_stands(model, ref, step), owner=f"the owner of {rule.holder}",
    )  # fmt: skip


def _value(step: Step) -> str:
    return "the delete" if step.delete else str(step.value)


def _bounded(model: Model, ref: Ref, step: Step) -> Finding:
    rule = _first(step, "bounded")
    return codes.MOD022.finding(
        step.origin, layer=step.layer, path=step.path, value=_value(step), bounds=rule.bound or "no bounds", holder=rule.holder,
        effective=_stands(model, ref, step),
    )  # fmt: skip


def _shape(model: Model, ref: Ref, step: Step) -> Finding:
    above = model.fold(ref, step.layer).values
    shape = "map" if any(under(path, step.segments) and path != step.segments for path in above) else "value"
    here = "value" if shape == "map" else "map"
    return codes.MOD015.finding(step.origin, layer=step.layer, path=step.path, above=shape, here=here)


def _extended(_model: Model, _ref: Ref, step: Step) -> Finding:
    rule = _first(step, "extendOnly")
    item = show_path(step.segments[: len(rule.pattern) + 1])
    return codes.MOD025.finding(step.origin, layer=step.layer, item=item, holder=rule.holder)


def _atomic(model: Model, ref: Ref, step: Step) -> Finding:
    steps = [one for one in model.fold(ref, step.layer).steps if one.layer == step.layer]
    for lock in model.locks.about(ref):
        for one in lock.atomic:
            if any(under(step.segments, member) for member in one.members):
                missing = [m for m in one.members if not any(under(s.segments, m) and s.code == "MOD026" for s in steps)]
                told = ", ".join(show_path(member) for member in one.members)
                lost = ", ".join(show_path(member) for member in missing) or "a member"
                return codes.MOD026.finding(step.origin, layer=step.layer, paths=told, missing=lost)
    return codes.MOD026.finding(step.origin, layer=step.layer, paths=step.path, missing="a member")


def _unjudged(model: Model, _ref: Ref, step: Step) -> Finding:
    rule = step.refusing[0]
    if rule.bound is not None and not rule.bound.is_relative:
        return codes.MOD027_TYPE.finding(
            step.origin, layer=step.layer, value=flow(step.value), bounds=rule.bound, holder=rule.holder
        )
    return codes.MOD027.finding(step.origin, layer=step.layer, bounds=rule.bound or rule.mode, holder=rule.holder, day=model.as_of)


def _local(_model: Model, _ref: Ref, step: Step) -> Finding:
    return codes.MOD024.finding(step.origin, layer=step.layer, path=step.path, holder=_first(step, "local").holder)


_TOLD = {
    "MOD015": _shape,
    "MOD020": _locked,
    "MOD022": _bounded,
    "MOD024": _local,
    "MOD025": _extended,
    "MOD026": _atomic,
    "MOD027": _unjudged,
}


def _review(model: Model, document: Document) -> Iterator[Finding]:
    for write in document.writes(model.as_of):
        if write.review_by is not None and write.review_by < model.as_of:
            yield codes.MOD035.finding(write.origin, layer=document.layer, path=show_path(write.path), day=write.review_by)


def _whole(model: Model, ref: Ref, layer: str, document: Document, fold: Fold) -> Iterator[Finding]:
    """The effective document must satisfy its kind; what reading found already is not told twice."""
    if document.kind.foreign is not None:
        return
    spec = nested(fold.values, document.kind) or {}
    try:
        document.kind.spec.model_validate(spec)
    except ValidationError as error:
        for problem in error.errors():
            path = _path_of(document.kind, spec, problem["loc"])
            told: dict[str, Any] = {
                "layer": layer,
                "scope": layer,
                "day": model.as_of,
                "path": show_path(path),
                "layers": folder_of(ref.home),
            }
            if problem["type"] == "missing":
                yield codes.MOD017.finding(document.origin, problem="missing", **told)
            elif problem["type"] == "value_error":
                winner = fold.winners.get(path)
                hint = problem["msg"].removeprefix("Value error, ")
                origin = winner.origin if winner else document.origin
                yield codes.MOD017.finding(origin, problem=f"{problem['input']}, which is refused", hint=hint, **told)


def _path_of(kind: Kind, spec: Any, place: tuple[str | int, ...]) -> Path:
    """Answers the path of a place in the nested spec: items of keyed lists by their key."""
    path: Path = ("spec",)
    for part in place:
        key = kind.key_of(path)
        if isinstance(spec, list) and isinstance(part, int):
            spec = spec[part]
            path = (*path, f"[{spec[key]}]" if key and isinstance(spec, dict) else str(part))
        else:
            spec = spec.get(part) if isinstance(spec, dict) else None
            path = (*path, str(part))
    return path


def lock_findings(model: Model) -> Iterator[Finding]:
    """Answers the locks that protect nothing, and the holders that do not keep what they ask."""
    refs, kinds = model.written_refs(), model.workspace.registry.names()
    for lock in model.locks.all():
        if not known_target(lock.target, refs, kinds):
            near = nearest_hint(lock.target, map(str, refs), "a lock on nothing protects nothing")
            origin = lock.document.origin_of(("spec", "ref"))
            yield codes.MOD028.finding(origin, layer=lock.holder, pattern=lock.target, near=near)
            continue
        target = parse_ref(lock.target)
        for rule in lock.rules:
            yield from _scope_findings(model, rule)
            if target is not None and lock.holder in model.tree and model.tree.is_open(lock.holder, model.as_of):
                yield from _rule_findings(model, target, rule)


def _scope_findings(model: Model, rule: Rule) -> Iterator[Finding]:
    for scope in rule.scopes:
        if scope not in ("group", "region", "market", "branch") and (not is_scope_id(scope) or scope not in model.tree):
            near = nearest_hint(scope, model.tree.scopes(), "levels or declared scopes are allowed")
            yield codes.MOD028.finding(rule.origin, layer=rule.holder, pattern=scope, near=near)


def _rule_findings(model: Model, target: Ref, rule: Rule) -> Iterator[Finding]:
    layers = model.layers_of(target)
    kind = next(iter(layers.values()))[0].kind
    if kind.type_at(rule.pattern) is None and "*" not in rule.pattern and "[*]" not in rule.pattern:
        pattern = show_path(rule.pattern)
        near = nearest_hint(pattern, kind.paths(), "a lock on nothing protects nothing")
        yield codes.MOD028.finding(rule.origin, layer=rule.holder, pattern=pattern, near=near)
        return
    if target.home not in model.tree.chain(rule.holder, model.as_of):
        return
    fold = model.fold(target, rule.holder)
    mine = fold.values.get(rule.pattern)
    if rule.mode == "bounded" and rule.bound is not None and mine is not None and not rule.bound.is_relative:
        if rule.bound.admits(mine) is False:
            yield codes.MOD023.finding(rule.origin, layer=rule.holder, holder=rule.holder, value=mine, bounds=rule.bound)
    if rule.mode == "local" and mine is not None and fold.winners[rule.pattern].layer == rule.holder:
        yield codes.MOD024.finding(
            fold.winners[rule.pattern].origin, layer=rule.holder, path=show_path(rule.pattern), holder=rule.holder
        )
    yield from _wider(model, target, rule)


def _wider(model: Model, target: Ref, rule: Rule) -> Iterator[Finding]:
    """A lower lock that would allow more than an upper one: harmless, and told."""
    for lock in model.locks.about(target):
        if lock.holder == rule.holder or lock.holder not in model.tree.chain(rule.holder, model.as_of):
            continue
        for upper in lock.rules:
            if upper.pattern == rule.pattern and _is_wider(rule, upper):
                yield codes.MOD021.finding(
                    rule.origin, layer=rule.holder, holder=rule.holder, x=rule.bound or rule.mode, upper=upper.holder,
                    y=upper.bound or upper.mode,
                )  # fmt: skip


def _is_wider(rule: Rule, upper: Rule) -> bool:
    order = ("locked", "bounded", "extendOnly", "default", "local")
    if upper.mode != rule.mode:
        return order.index(rule.mode) > order.index(upper.mode)
    mine, theirs = rule.bound, upper.bound
    if mine is None or theirs is None:
        return theirs is not None and mine is None
    lower = mine.min is not None and theirs.admits(mine.min) is False
    return lower or (mine.max is not None and theirs.admits(mine.max) is False)


def waiver_findings(workspace: Workspace, as_of: date) -> Iterator[Finding]:
    """Answers what is wrong with waivers: void ones, those in a wrong folder, used up, ending soon, or waiving nothing."""
    documents = [one for one in workspace.documents if one.kind.name == "Waiver" and one.holds_on(as_of)]
    good, found = valid_waivers(documents, workspace.settings.waivers.max_renewals)
    yield from found
    yield from _renewal_findings(workspace)
    for waiver in good:
        yield from _waiver_findings(workspace, waiver, [waiver_of(one) for one in documents], as_of)


def _renewal_findings(workspace: Workspace) -> Iterator[Finding]:
    names = [str(document.ref) for document in workspace.index.waivers]
    for document in workspace.index.waivers:
        renews = document.spec.get("renews") if isinstance(document.spec, dict) else None
        if renews is not None and str(renews) not in names:
            near = nearest_hint(str(renews), names, "write Waiver: and the name of the one that it renews")
            place = document.origin_of(("spec", "renews"))
            yield codes.MOD013.finding(place, layer=document.layer, path="spec.renews", ref=renews, near=near)


def _waiver_findings(workspace: Workspace, waiver: Waiver, others: list[Waiver], as_of: date) -> Iterator[Finding]:
    ref = parse_ref(waiver.ref)
    model = workspace.model(as_of)
    if ref is None or not model.layers_of(ref) or waiver.scope not in workspace.tree:
        yield codes.MOD033.finding(waiver.origin, layer=waiver.layer, waiver=waiver.name, what="refuses nothing")
        return
    if not workspace.tree.is_open(waiver.scope, as_of) or ref.home not in workspace.tree.chain(waiver.scope, as_of):
        return
    steps = [
        step for step in model.fold(ref, waiver.scope).steps if step.layer == waiver.scope and under(step.segments, waiver.path)
    ]
    chain = workspace.tree.chain(waiver.scope, as_of)
    refused = [step for step in steps if step.verdict == REJECTED]
    unreachable = [rule for step in refused for rule in step.refusing if not waiver.reaches(rule, chain)]
    if waiver.in_force(as_of) and unreachable:
        holder = unreachable[0].holder
        yield codes.MOD030.finding(
            waiver.origin, layer=waiver.layer, place=waiver.layer, waiver=waiver.name, holder=holder, folder=folder_of(holder)
        )
    renewed = any(other.renews == waiver.name for other in others)
    if waiver.expires is not None and waiver.expires <= as_of and not renewed:
        for step in refused:
            yield codes.MOD031.finding(
                waiver.origin,
                layer=waiver.layer,
                related=(step.origin,),
                waiver=waiver.name,
                day=waiver.expires,
                value=_value(step),
            )
    if waiver.in_force(as_of):
        used = any(waiver in step.waivers for step in steps)
        days = (waiver.expires - as_of).days if waiver.expires else 0
        if not used and not unreachable:
            yield codes.MOD033.finding(waiver.origin, layer=waiver.layer, waiver=waiver.name, what="waives nothing")
        elif used and timedelta(days=days) <= timedelta(days=WARN_DAYS) and not renewed:
            yield codes.MOD033.finding(
                waiver.origin, layer=waiver.layer, waiver=waiver.name, what=f"ends in {days} day{'s' if days != 1 else ''}"
            )
