"""The organisation tree as documents and tables declare it; every row that cannot be read is a finding, the rest counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from charter.errors import CharterError, Finding, Origin, Severity, in_layer, nearest_hint
from charter.model.codes import MOD004, MOD008_SCOPE, MOD034_DAY, MOD034_ORDER, MOD048, MOD050
from charter.model.dated import day, entries, looks_dated, problems
from charter.model.document import Document
from charter.model.ref import is_scope_id
from charter.model.scope import GROUP, ScopeSlice
from charter.model.table import Row, Table, heads_wrong

COLUMNS = ("scope", "parent", "from", "to", "title")
ATTRIBUTES = ("country", "time_zone", "legal_entity", "brand", "erp")
"""What else a row, or `spec.attributes` of a Scope, may say of a scope."""


def read_slices(documents: Iterable[Document], table: Callable[[Document], Table], findings: list[Finding]) -> Iterator[ScopeSlice]:
    """Yields each slice of each scope that the group declares; what cannot be read goes into `findings`."""
    for document in documents:
        if document.kind.name not in ("Scope", "ScopeTable"):
            continue
        if document.layer != GROUP:
            scope = document.ref.full_name if document.kind.name == "Scope" else "a table of scopes"
            layer = document.layer
            findings.append(MOD004.finding(document.origin, scope=scope, layer=layer, place=layer, table="group/"))
            continue
        found: list[Finding] = []
        if document.kind.name == "Scope":
            yield from _of_document(document, found)
        else:
            yield from _of_table(document, table, found)
        findings += (in_layer(finding, document.layer) for finding in found)


def as_finding(error: CharterError) -> Finding:
    """Answers the finding for an error met while reading content: loading goes on."""
    return Finding(error.code, Severity.ERROR, error.message, error.origin, error.hint)


def _of_document(document: Document, found: list[Finding]) -> Iterator[ScopeSlice]:
    spec = document.spec if isinstance(document.spec, dict) else {}
    raw = spec.get("attributes")
    attributes = {str(key): str(value) for key, value in raw.items()} if isinstance(raw, dict) else {}
    found += _zone_problem(attributes, document.origin_of(("spec", "attributes")))
    title = str(spec.get("title") or document.metadata.get("title") or "")
    yield from _parents(str(document.metadata["name"]), spec.get("parent"), title, attributes, document, ("spec", "parent"), found)


def _of_table(document: Document, table: Callable[[Document], Table], found: list[Finding]) -> Iterator[ScopeSlice]:
    spec = document.spec if isinstance(document.spec, dict) else {}
    rows = spec.get("rows")
    for scope, parent in rows.items() if isinstance(rows, dict) else ():
        yield from _parents(str(scope), parent, "", {}, document, ("spec", "rows", scope), found)
    if isinstance(spec.get("file"), str):
        try:
            yield from _rows(table(document), found)
        except CharterError as error:
            found.append(as_finding(error))


def _parents(
    scope: str, parent: Any, title: str, attributes: Mapping[str, str], document: Document, path: tuple[str, ...],
    found: list[Finding],
) -> Iterator[ScopeSlice]:  # fmt: skip
    origin = document.origin_of(path)
    if not _is_below_group(scope):
        found.append(MOD008_SCOPE.finding(origin, ref=scope))
    elif not looks_dated(parent):
        yield ScopeSlice(scope, GROUP if parent is None else str(parent), None, None, title, attributes, origin)
    elif broken := problems(parent):
        places = (document.origin_of((*path, index)) for index, _, _ in broken)
        told = zip(broken, places, strict=True)
        found += (code.finding(place, path=".".join(path), **fields) for (_, code, fields), place in told)
    else:
        read = entries(parent)
        for index, entry in enumerate(read):
            following = read[index + 1].begin if index + 1 < len(read) else None
            place = document.origin_of((*path, entry.index, "value"))
            yield ScopeSlice(scope, str(entry.value), entry.begin, entry.end or following, title, attributes, place)


def _is_below_group(scope: str) -> bool:
    return scope != GROUP and is_scope_id(scope)


def _rows(table: Table, found: list[Finding]) -> Iterator[ScopeSlice]:
    wrong = list(heads_wrong(table, "ScopeTable", COLUMNS[:2], (*COLUMNS, *ATTRIBUTES)))
    found += wrong
    if any(finding.code == MOD048.code for finding in wrong):
        return
    for row in table.rows:
        problem = _row_problem(row)
        if problem is not None:
            found.append(problem)
            continue
        begin, end = (day(row.get(bound)) for bound in ("from", "to"))
        attributes = {name: row.get(name) for name in table.columns if name not in COLUMNS}
        found += _zone_problem(attributes, row.origin)
        yield ScopeSlice(row.get("scope"), row.get("parent") or GROUP, begin, end, row.get("title"), attributes, row.origin)


def _row_problem(row: Row) -> Finding | None:
    scope = row.get("scope")
    if not _is_below_group(scope):
        return MOD008_SCOPE.finding(row.origin, ref=scope or "an empty field")
    days: list[date | None] = []
    for bound in ("from", "to"):
        text = row.get(bound)
        days.append(day(text) if text else None)
        if text and days[-1] is None:
            return MOD034_DAY.finding(row.origin, path=f"{bound} of {scope}", day=text)
    begin, end = days
    if begin is not None and end is not None and end <= begin:
        return MOD034_ORDER.finding(row.origin, path=scope, day=begin, end=end)
    return None


def _zone_problem(attributes: Mapping[str, str], origin: Origin) -> list[Finding]:
    """Answers the finding for a time zone that nobody knows."""
    zone = attributes.get("time_zone")
    if not zone or is_zone(zone):
        return []
    return [MOD050.finding(origin, value=zone, near=nearest_hint(zone, zones(), "see the IANA time zone database"))]


@cache
def is_zone(name: str) -> bool:
    """Answers whether there is a time zone of this name."""
    return name in zones()


@cache
def zones() -> frozenset[str]:
    """Answers the names of all time zones."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())
