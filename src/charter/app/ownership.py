"""Who answers, at a scope on a day; and recording that a person took an ownership on."""

from __future__ import annotations

import getpass
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.app.project import Project, bound, now
from charter.errors import nearest_hint
from charter.organisation.checks import OWNED_KINDS
from charter.organisation.codes import ORG009
from charter.organisation.reading import read_matrix
from charter.organisation.rules import ANY, Matrix

if TYPE_CHECKING:
    from charter.state.database import Acceptance


@dataclass(frozen=True)
class OwnerRow:
    """One line of the answer: the object, who is accountable (None: vacant), and whether it was accepted, and when."""

    object: str
    facet: str
    person: str | None
    accepted_on: str | None
    scope: str
    since: str | None
    origin: str | None

    def as_dict(self) -> dict[str, Any]:
        """Answers the row as a plain mapping."""
        return asdict(self)


def acceptances(project: Project) -> tuple[Acceptance, ...]:
    """Answers what was accepted so far; nothing where there is no state yet."""
    place = project.state_place
    if isinstance(place, Path) and not place.exists():
        return ()
    from charter.state.database import open_state  # a third of a second to import, and often there is nothing to read

    with open_state(project.state_place) as state:
        return state.acceptances()


def matrix_of(project: Project) -> Matrix:
    """Answers the ownership matrix with the acceptances."""
    found, _ = read_matrix(project.workspace, [one.key for one in acceptances(project)])
    return found


def owners_at(project: Project, scope: str, as_of: date, *, person: str | None = None, pending: bool = False) -> list[OwnerRow]:
    """Answers who is accountable for each owned object that is visible at the scope, vacancies included."""
    project = bound(project)
    model = project.model(as_of)
    chain = model.tree.chain(scope, as_of)
    recorded = {one.key: one for one in acceptances(project)}
    matrix, _ = read_matrix(project.workspace, recorded)
    rows = []
    for kind in OWNED_KINDS:
        for ref in model.refs(kind, scope):
            for facet in sorted({one.facet for one in matrix.assignments if one.object == str(ref)}) or [ANY]:
                rows.append(_row(matrix, recorded, str(ref), facet, chain, as_of))
    if person is not None:
        rows = [row for row in rows if row.person == person]
    return [row for row in rows if row.person and row.accepted_on is None] if pending else rows


def _row(matrix: Matrix, recorded: dict[Any, Acceptance], ref: str, facet: str, chain: tuple[str, ...], as_of: date) -> OwnerRow:
    owner = matrix.owner_of(ref, chain, as_of, facet)
    if owner is None or not owner.present:
        return OwnerRow(ref, facet, None, None, chain[-1], None, str(owner.assignment.origin) if owner else None)
    given = owner.assignment
    record = recorded.get(given.key)
    accepted = record.accepted_at.date().isoformat() if record else None
    since = given.begin.isoformat() if given.begin else None
    return OwnerRow(ref, facet, owner.person, accepted, given.scope, since, str(given.origin))


def _near(matrix: Matrix, person: str, ref: str, as_of: date) -> str:
    """Answers what the caller may have meant: the person, the object, or the scope."""
    rows = [one for one in matrix.assignments if one.holds_on(as_of)]
    if person not in matrix.people and person not in {one.person for one in rows}:
        people = sorted({*matrix.people, *(one.person for one in rows)})
        return nearest_hint(f"person/{person.removeprefix('person/')}", people, "`charter owners` lists who is")
    objects = {one.object for one in rows}
    if ref not in objects:
        alike = [one for one in sorted(objects) if one.partition(":")[2] == ref]
        return f"did you mean {alike[0]}?" if alike else nearest_hint(ref, sorted(objects), "`charter owners` lists what is owned")
    mine = sorted({one.scope for one in rows if one.object == ref and one.person == person})
    if mine:
        return f"{person} is named at {', '.join(mine)}: give --at"
    there = sorted({f"{one.person} at {one.scope}" for one in rows if one.object == ref})
    return f"named are {', '.join(there)}"


def accept_ownership(project: Project, person: str, ref: str, scope: str, facet: str, as_of: date) -> str:
    """Records that the person accepts what the documents give them at the scope; answers what was recorded, in words."""
    project = bound(project)
    matrix = matrix_of(project)
    project.workspace.tree.chain(scope, as_of)
    mine = [
        one
        for role in ("accountable", "responsible")
        for one in matrix.rows_of(ref, scope, facet, as_of, role)
        if one.person == person
    ]
    if not mine or not matrix.is_present(person, as_of):
        raise ORG009.exception(person=person, object=ref, scope=scope, day=as_of, near=_near(matrix, person, ref, as_of))
    from charter.state.database import Acceptance, open_state

    said = []
    with open_state(project.state_place) as state:
        for one in mine:
            record = Acceptance(
                one.object, one.scope, one.facet, one.role, one.person, one.begin, now(), f"{getpass.getuser()} (unauthenticated)"
            )
            fresh = state.accept(record)
            said.append(f"{person} {'accepts' if fresh else 'had accepted'} {one.role} for {ref} at {scope}, facet {one.facet}")
    return "\n".join(said)
