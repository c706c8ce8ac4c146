"""Findings over sources and code lists: all that a run would stumble over, told before it, with the place of each.

What is wrong with a Ref, a schema object or a path is told by the functions that a run calls too; the rest a run never
meets, for it refuses documents that have errors here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from charter.errors import CharterError, Finding, Origin, nearest_hint
from charter.intake.check_entity import entity_findings, path_findings
from charter.intake.check_waiver import waivers
from charter.intake.codes import INT026, INT027, INT029, INT035, INT037
from charter.intake.connectors.protocol import connectors
from charter.intake.declare import listed_rows
from charter.intake.kinds import CodeListSpec, SourceSpec
from charter.intake.plan import text_of
from charter.model.check import CheckContext
from charter.model.model import Effective

# The kernel finds a password before an @ itself (MOD040); drivers know other ways to write one.
_FOUND_BY_KERNEL = re.compile(r"[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s@]+@")
_PASSWORD = re.compile(r"(?i)://[^/\s:@]*:[^\s@]+@|(^|[?&;\s])(password|passwd|pwd|secret|token|api_?key)=[^&;\s]+")


def sources(context: CheckContext) -> Iterator[Finding]:
    """Answers what is wrong with the sources, at their homes: there they are run."""
    for ref in context.model.all_refs("Source"):
        found = context.model.effective(ref, ref.home) if context.model.tree.is_open(ref.home, context.as_of) else None
        if found is not None:
            yield from _connection(context, found)
            for entity in found.spec.entities:
                yield from entity_findings(context, found, entity)


def _connection(context: CheckContext, found: Effective) -> Iterator[Finding]:
    spec: SourceSpec = found.spec
    layer, tree, known = found.document.layer, context.workspace.tree, tuple(connectors())
    told, url, file = spec.connection.type, spec.connection.url, spec.connection.file
    if told not in known:
        near = nearest_hint(told, known, "use one that is there, or install the plug-in that brings it")
        origin = found.origin("spec.connection.type")
        yield INT035.finding(origin, layer=layer, what="spec.connection", type=told, known=", ".join(known), near=near)
    if isinstance(url, str) and _PASSWORD.search(url) and not _FOUND_BY_KERNEL.search(url):
        yield INT026.finding(found.origin("spec.connection.url"), layer=layer, what="spec.connection.url")
    if file is not None:
        yield from path_findings(context, found, file, ("spec", "connection", "file"))
    told_scopes = [("spec.scope", spec.scope), *((f"spec.streams[{one.id}].scope", one.scope) for one in spec.streams)]
    for what, scope in told_scopes:
        if scope not in tree:
            near = nearest_hint(scope, tree.scopes(), "scopes are declared in group/")
            yield INT037.finding(found.origin(what), layer=layer, what=what, scope=scope, near=near)


def code_lists(context: CheckContext) -> Iterator[Finding]:
    """Answers what is wrong with the code lists: key columns that are not there, keys that stand twice."""
    for ref in context.model.all_refs("CodeList"):
        found = context.model.effective(ref, ref.home) if context.model.tree.is_open(ref.home, context.as_of) else None
        if found is not None:
            yield from _list(context, found)


def _list(context: CheckContext, found: Effective) -> Iterator[Finding]:
    spec: CodeListSpec = found.spec
    layer, ref = found.document.layer, str(found.ref)
    try:
        rows = listed_rows(context.model, found)
    except CharterError:
        # A file that is not there, or cannot be read, is the kernel's finding.
        return
    columns = tuple(dict.fromkeys(name for row, _ in rows for name in row))
    for column in spec.key:
        if rows and column not in columns:
            near, known = nearest_hint(column, columns, "name its key columns"), ", ".join(columns)
            yield INT027.finding(
                found.origin("spec.key"), layer=layer, what="spec.key", ref=ref, column=column, known=known, near=near
            )
    seen: dict[tuple[str | None, ...], Origin] = {}
    for row, origin in rows:
        key = tuple(text_of(row.get(column)) for column in spec.key)
        if key in seen and None not in key:
            yield INT029.finding(origin, layer=layer, related=(seen[key],), ref=ref, key=", ".join(map(str, key)))
        seen.setdefault(key, origin)


CHECKS = (sources, code_lists, waivers)
