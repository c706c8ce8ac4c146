"""Findings over who answers: vacancies, two accountable, owners who left, rows that speak for others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from charter.errors import Finding, nearest_hint
from charter.model.check import CheckContext
from charter.model.ref import parse_ref
from charter.organisation.codes import ORG001, ORG002, ORG003, ORG005, ORG006, ORG007, ORG011, ORG012
from charter.organisation.reading import read_matrix
from charter.organisation.rules import Assignment, Matrix

OWNED_KINDS = ("Metric", "DataObject", "Process", "Experience")


def ownership(context: CheckContext) -> Iterator[Finding]:
    """Answers what is wrong with the ownership matrix."""
    matrix, found = read_matrix(context.workspace)
    yield from found
    for row in matrix.assignments:
        yield from _row(context, matrix, row)
    yield from _overlaps(matrix)
    if matrix.assignments:
        yield from _vacancies(context, matrix)
    if matrix.people:
        yield from _unknown_grantors(context, matrix)


def _row(context: CheckContext, matrix: Matrix, row: Assignment) -> Iterator[Finding]:
    tree = context.workspace.tree
    ref = parse_ref(row.object)
    if ref is None or not context.model.layers_of(ref):
        near = nearest_hint(row.object, map(str, context.model.all_refs()), "write the Ref of a document")
        yield ORG007.finding(row.origin, layer=row.layer, object=row.object, near=near)
    if row.scope not in tree:
        near = nearest_hint(row.scope, tree.scopes(), "scopes are declared in group/")
        yield ORG011.finding(row.origin, layer=row.layer, scope=row.scope, near=near)
        return
    day = max(row.begin or date.min, min(context.as_of, row.end or date.max))
    chain = tree.find_chain(row.scope, day) or tree.find_chain(row.scope, context.as_of)
    if chain is not None and row.layer not in chain:
        yield ORG005.finding(row.origin, layer=row.layer, row=f"{row.role} of {row.object}", scope=row.scope)
    if matrix.people and row.person not in matrix.people:
        near = nearest_hint(row.person, matrix.people, "add the person to a PersonTable")
        yield ORG006.finding(row.origin, layer=row.layer, person=row.person, near=near)
    elif row.holds_on(context.as_of) and not matrix.is_present(row.person, context.as_of):
        left = matrix.left_on(row.person, context.as_of) or "a day before"
        yield ORG003.finding(row.origin, layer=row.layer, person=row.person, object=row.object, scope=row.scope, day=left)


def _overlaps(matrix: Matrix) -> Iterator[Finding]:
    rows = [row for row in matrix.assignments if row.role == "accountable"]
    groups: dict[tuple[str, str, str], list[Assignment]] = {}
    for row in rows:
        groups.setdefault((row.object, row.scope, row.facet), []).append(row)
    for (wanted, scope, _), several in groups.items():
        for index, later in enumerate(several):
            for earlier in several[:index]:
                begin = max(earlier.begin or date.min, later.begin or date.min)
                if earlier.person != later.person and begin < min(earlier.end or date.max, later.end or date.max):
                    yield ORG002.finding(
                        later.origin, layer=later.layer, related=(earlier.origin,), object=wanted, scope=scope,
                        day="every day" if begin == date.min else begin, a=earlier.person, b=later.person,
                    )  # fmt: skip


def _vacancies(context: CheckContext, matrix: Matrix) -> Iterator[Finding]:
    for kind in OWNED_KINDS:
        for ref in context.model.all_refs(kind):
            if not context.workspace.tree.is_open(ref.home, context.as_of):
                continue
            chain = context.workspace.tree.chain(ref.home, context.as_of)
            if not matrix.holding(str(ref), chain, "*", context.as_of):
                document = context.model.layers_of(ref)[ref.home][0]
                yield ORG001.finding(document.origin, layer=document.layer, object=ref, scope=ref.home, day=context.as_of)


def _unknown_grantors(context: CheckContext, matrix: Matrix) -> Iterator[Finding]:
    """Of each kind of document by which one person asks another for an exception: a Waiver, a ContractWaiver."""
    for document in context.workspace.documents:
        if not {"requester", "approver"} <= set(document.kind.spec.model_fields) or not isinstance(document.spec, dict):
            continue
        for did, field in (("asked for", "requester"), ("granted", "approver")):
            person = document.spec.get(field)
            if person and str(person) not in matrix.people:
                near = nearest_hint(str(person), matrix.people, "add the person to a PersonTable")
                yield ORG012.finding(document.origin, layer=document.layer, person=person, did=did, waiver=document.ref, near=near)


CHECKS = (ownership,)
