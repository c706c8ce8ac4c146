"""What feeds the facts, as the documents say and the lake shows: sources by table, silent streams, owners of metrics."""

from __future__ import annotations

from datetime import date, datetime

from charter.app.ownership import matrix_of
from charter.app.project import Project
from charter.intake.streams import silent_streams
from charter.intake.target import tables_fed
from charter.model.model import Model
from charter.organisation.rules import Matrix
from charter.performance.number import Asked
from charter.performance.rules import Feeds, OwnerFact, SilentStream
from charter.warehouse.lake import Lake


def feeds_of(lake: Lake, model: Model, as_of: date) -> Feeds:
    """Answers which source feeds which tables, and which of their streams fell silent until the day."""
    tables: dict[tuple[str, str], frozenset[str]] = {}
    silent: list[SilentStream] = []
    for ref in model.all_refs("Source"):
        effective = model.effective(ref, ref.home)
        if effective is None:
            continue
        name = ref.full_name
        tables.update({(name, entity.id): tables_fed(entity) for entity in effective.spec.entities})
        silent += [
            SilentStream(name, one.stream, one.since, one.until, one.reason, one.scope, one.feeds)
            for one in silent_streams(lake, name, effective.spec, as_of)
        ]
    return Feeds(tables, tuple(silent))


def owner_fact(matrix: Matrix, model: Model, metric: str, scope: str, day: date) -> OwnerFact | None:
    """Answers who is accountable for a metric at the scope on the day; None where it is vacant or the owner has left."""
    chain = model.tree.chain(scope, day)
    owner = matrix.owner_of(f"Metric:{metric}", chain, day)
    if owner is None or not owner.present:
        return None
    given = owner.assignment.scope
    return OwnerFact(owner.person, owner.accepted, None if given == scope else given)


class Asking:
    """All that a question needs beside the cube; read once for many metrics."""

    def __init__(self, project: Project, lake: Lake, model: Model, scope: str, at: datetime, org_as_of: date | None) -> None:
        self._model, self._scope, self._at, self._org = model, scope, at, org_as_of
        self._feeds = feeds_of(lake, model, model.as_of)
        self._matrix = matrix_of(project)

    def about(self, metric: str) -> Asked:
        """Answers what is known of one metric."""
        owner = owner_fact(self._matrix, self._model, metric, self._scope, self._model.as_of)
        return Asked(self._feeds, owner, self._at, self._org)
