"""From documents and tables to the rows of the matrix; what cannot be read is a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from charter.errors import CharterError, Finding, Origin, Severity, in_layer
from charter.model.document import Document
from charter.model.table import Row, heads_wrong
from charter.model.workspace import Workspace
from charter.organisation.codes import ORG008, ORG010
from charter.organisation.rules import Assignment, Matrix, PersonSlice

PERSON_COLUMNS = ("person", "name", "team", "function", "from", "to", "login")
OWNERSHIP_COLUMNS = ("object", "scope", "facet", "role", "person", "from", "to")
Days = tuple[date | None, date | None]


def read_matrix(workspace: Workspace, accepted: Iterable[object] = ()) -> tuple[Matrix, tuple[Finding, ...]]:
    """Answers the ownership matrix of a workspace, and what reading it found."""
    assignments: list[Assignment] = []
    people: list[PersonSlice] = []
    findings: list[Finding] = []
    for document in workspace.documents:
        try:
            if document.kind.name == "PersonTable":
                people += [_person(document, row) for row in _rows(workspace, document, PERSON_COLUMNS, findings)]
            elif document.kind.name == "OwnershipTable":
                for row in _rows(workspace, document, OWNERSHIP_COLUMNS, findings):
                    assignments += _collected(_assignment(document, row), findings)
            elif document.kind.name == "Ownership":
                assignments += _from_document(document)
        except CharterError as error:
            findings.append(Finding(error.code, Severity.ERROR, error.message, error.origin, error.hint, document.layer))
    return Matrix(assignments, people, accepted), tuple(findings)


def _rows(workspace: Workspace, document: Document, columns: tuple[str, ...], findings: list[Finding]) -> tuple[Row, ...]:
    """Answers the rows of a table; none where a column is missing without which no row says anything."""
    table = workspace.table(document)
    required = [name for name in columns if name in ("object", "person")]
    wrong = [in_layer(one, document.layer) for one in heads_wrong(table, document.kind.name, required, columns)]
    findings += wrong
    return () if any(one.severity is Severity.ERROR for one in wrong) else table.rows


def _collected(found: Assignment | Finding, findings: list[Finding]) -> list[Assignment]:
    if isinstance(found, Finding):
        findings.append(found)
        return []
    return [found]


def _day(text: str, field: str, origin: Origin) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ORG010.exception(origin, field=field, value=text) from error


def _within(document: Document, begin: date | None, end: date | None) -> Days:
    """Answers the days of a row, cut to those on which its document is in force."""
    begins = [day for day in (begin, document.valid_from) if day]
    ends = [day for day in (end, document.valid_to) if day]
    return max(begins, default=None), min(ends, default=None)


def _row_days(document: Document, row: Row) -> Days:
    return _within(document, _day(row.get("from"), "from", row.origin), _day(row.get("to"), "to", row.origin))


def _person(document: Document, row: Row) -> PersonSlice:
    days = _row_days(document, row)
    return PersonSlice(row.get("person"), row.get("name"), row.get("team"), row.get("function"), *days, row.get("login"))


def _assignment(document: Document, row: Row) -> Assignment | Finding:
    role = row.get("role") or "accountable"
    if role not in ("accountable", "responsible"):
        return ORG008.finding(row.origin, layer=document.layer, role=role)
    return Assignment(
        row.get("object"), row.get("scope") or document.layer, row.get("facet") or "*", role, row.get("person"),
        *_row_days(document, row), document.layer, row.origin,
    )  # fmt: skip


def _from_document(document: Document) -> Iterator[Assignment]:
    spec = document.spec
    begin = _day(str(spec.get("from") or ""), "from", document.origin_of(("spec", "from")))
    end = _day(str(spec.get("to") or ""), "to", document.origin_of(("spec", "to")))
    days = _within(document, begin, end)
    people = [("accountable", spec.get("accountable"))] + [("responsible", one) for one in spec.get("responsible") or ()]
    for role, person in people:
        if person:
            yield Assignment(
                str(spec.get("object")), str(spec.get("scope") or document.layer), str(spec.get("facet") or "*"), role, str(person),
                *days, document.layer, document.origin_of(("spec", role)),
            )  # fmt: skip
