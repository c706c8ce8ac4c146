"""The dated ownership matrix: who answers for an object, at a scope, for a facet, on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from charter.errors import Origin

ANY = "*"
ACCOUNTABLE = "accountable"


@dataclass(frozen=True)
class Assignment:
    """One row of the matrix: a person in a role for an object, at a scope, for a facet, from a day until another."""

    object: str
    scope: str
    facet: str
    role: str
    person: str
    begin: date | None
    end: date | None
    layer: str
    origin: Origin

    def holds_on(self, day: date) -> bool:
        """Answers whether it is in force on the day (half-open)."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)

    @property
    def key(self) -> tuple[str, str, str, str, str, date | None]:
        """Answers what an acceptance is of: a changed row is another row."""
        return (self.object, self.scope, self.facet, self.role, self.person, self.begin)


@dataclass(frozen=True)
class PersonSlice:
    """A person's time with the group, in a team and a function; `login` is how the system knows them."""

    person: str
    name: str
    team: str
    function: str
    begin: date | None
    end: date | None
    login: str = ""

    def holds_on(self, day: date) -> bool:
        """Answers whether the person is there on the day."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Owner:
    """Who answers: the person, where the ownership was given, and whether it was accepted. `present`: has not left."""

    person: str
    assignment: Assignment
    accepted: bool
    present: bool

    @property
    def valid(self) -> bool:
        """Answers whether somebody who is there has taken it on."""
        return self.accepted and self.present


class Matrix:
    """All assignments, with who is there and what was accepted."""

    def __init__(self, assignments: Iterable[Assignment], people: Iterable[PersonSlice], accepted: Iterable[object] = ()) -> None:
        self.assignments = tuple(
            sorted(assignments, key=lambda one: (one.object, one.scope, one.facet, one.role, one.person, str(one.begin)))
        )
        self.people: Mapping[str, tuple[PersonSlice, ...]] = _by_person(people)
        self._accepted = frozenset(accepted)
        self._by_object: dict[str, list[Assignment]] = {}
        for one in self.assignments:
            self._by_object.setdefault(one.object, []).append(one)

    def rows_of(self, wanted: str, scope: str, facet: str, day: date, role: str = ACCOUNTABLE) -> tuple[Assignment, ...]:
        """Answers the rows in force at exactly this scope: those of the facet, else those of all facets."""
        rows = [one for one in self._by_object.get(wanted, ()) if one.scope == scope and one.role == role and one.holds_on(day)]
        return tuple([one for one in rows if one.facet == facet] or [one for one in rows if one.facet == ANY])

    def holding(self, wanted: str, chain: Sequence[str], facet: str, day: date) -> tuple[Assignment, ...]:
        """Answers the accountable rows that hold at the last scope of a chain: those of the nearest scope that has any."""
        for scope in reversed(chain):
            rows = self.rows_of(wanted, scope, facet, day)
            if rows:
                return rows
        return ()

    def owner_of(self, wanted: str, chain: Sequence[str], day: date, facet: str = ANY) -> Owner | None:
        """Answers who is accountable for the object at the last scope of the chain; None: vacant, or not just one."""
        rows = self.holding(wanted, chain, facet, day)
        people = {one.person for one in rows}
        if len(people) != 1:
            return None
        return Owner(rows[0].person, rows[0], rows[0].key in self._accepted, self.is_present(rows[0].person, day))

    def is_accepted(self, row: Assignment) -> bool:
        """Answers whether the person of this row accepted it."""
        return row.key in self._accepted

    def responsible(self, wanted: str, chain: Sequence[str], day: date, facet: str = ANY) -> tuple[str, ...]:
        """Answers who is responsible at any scope of the chain, sorted."""
        found = {one.person for scope in chain for one in self.rows_of(wanted, scope, facet, day, "responsible")}
        return tuple(sorted(found))

    def is_present(self, person: str, day: date) -> bool:
        """Answers whether the person is in the table of people on the day; without any table, everybody is."""
        return not self.people or any(one.holds_on(day) for one in self.people.get(person, ()))

    def people_of(self, login: str, day: date) -> tuple[str, ...]:
        """Answers who is there on the day under a login of the system, sorted."""
        return tuple(
            sorted(who for who, many in self.people.items() if any(one.login == login and one.holds_on(day) for one in many))
        )

    def left_on(self, person: str, day: date) -> date | None:
        """Answers since when the person is gone, if so."""
        ends = [one.end for one in self.people.get(person, ()) if one.end is not None and one.end <= day]
        return None if self.is_present(person, day) else max(ends, default=None)


def _by_person(people: Iterable[PersonSlice]) -> dict[str, tuple[PersonSlice, ...]]:
    found: dict[str, tuple[PersonSlice, ...]] = {}
    for one in people:
        found[one.person] = (*found.get(one.person, ()), one)
    return found
