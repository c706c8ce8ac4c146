"""The sources of a plan: those that would take in by other rules, and what they delivered so far under the old ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.app.project import Project
from charter.errors import CharterError
from charter.intake.declare import declared
from charter.intake.plan import Compiled
from charter.model.diff import Change
from charter.model.model import Model
from charter.model.table import table_name, table_places
from charter.model.workspace import Workspace

if TYPE_CHECKING:
    from charter.app.plan import Rewritten


@dataclass(frozen=True)
class Taken:
    """What a source whose documents change has delivered so far; `differs`: today's deliveries would be read by other rules.

    `share` is its part of all rows that were ever received.
    """

    source: str
    deliveries: int
    rows: int
    differs: bool
    share: float


def taken_by_other_rules(
    binding: Project, draft: Workspace, day: date, changes: Iterable[Change], documents: Sequence[Rewritten]
) -> tuple[Taken, ...]:
    """Answers the sources whose mapping, contract, code lists or tables change, with what they delivered so far."""
    if not binding.store.exists():
        return ()
    old, new = (_rules(model) for model in (binding.model(day), draft.model(day)))
    differing = {name for name in new if old.get(name) != new[name]}
    files = {one.name for one in documents if one.what == "changed"}
    names = differing | set(_named(draft, {str(one.ref) for one in changes}, files))
    if not names:
        return ()
    with binding.reading() as lake:
        rows = lake.rows(f"SELECT source, count(*), sum(received) FROM {lake.table('batch')} GROUP BY source ORDER BY source")
    whole = sum(int(received) for _, _, received in rows) or 1
    return tuple(
        Taken(source, int(count), int(received), source in differing, int(received) / whole)
        for source, count, received in rows
        if source in names
    )


def _rules(model: Model) -> dict[str, object]:
    """By source, all that decides how its deliveries are judged and mapped; where scopes hang and when is not part of it."""
    found: dict[str, object] = {}
    for ref in model.all_refs("Source"):
        try:
            source = declared(model, ref, environment=os.environ, scratch=Path())
        except CharterError:
            continue
        # What compiles expressions is made anew for each model, and says nothing that the entity does not.
        found[ref.full_name] = tuple(replace(one, compile=_alike) for one in source.entities)
    return found


def _alike(text: str, columns: object, aggregates: bool) -> Compiled:
    del columns, aggregates
    return Compiled(text)


def _named(draft: Workspace, changed: set[str], files: set[str]) -> Iterator[str]:
    """Yields the names of the sources that change themselves, or by a contract or a table that they name."""
    for document in draft.documents:
        if document.kind.name != "Source":
            continue
        named = {
            table_name(document.file, str(_at(document.spec, path[1:])), draft.settings.inputs) for path in table_places(document)
        }
        if {str(document.ref), *_texts(document.spec)} & changed or named & files:
            yield document.ref.full_name


def _at(spec: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        spec = spec[part]
    return spec


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str):
        yield value
        return
    if isinstance(value, Iterable):
        for part in value:
            yield from _texts(part)
