"""To whom something goes: the accountable person, at the scope or above it, of whatever it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from charter.intake.kinds import Entity
from charter.intake.target import tables_fed
from charter.model.model import Model
from charter.model.ref import Ref
from charter.organisation.rules import Matrix

Way = tuple[str | None, str]
"""A person (None: nobody who is there), and by what they are accountable, or why nobody is."""


class Router:
    """Finds who is to act, by the ownership matrix as it stands on a day."""

    def __init__(self, model: Model, matrix: Matrix) -> None:
        self._model, self._matrix, self._day = model, matrix, model.as_of

    def to(self, objects: Sequence[str], scope: str) -> Way:
        """Answers who is accountable for the first of these objects that has somebody who is there.

        For each object at the scope, then above it; where none has anybody, the process owner of the scope, if all
        processes that are seen there have the same one.
        """
        chain = self._model.tree.find_chain(scope, self._day) or ("group",)
        for wanted in objects:
            for person, given in self._up(wanted, chain):
                return person, f"accountable for {wanted} at {given}"
        asked = objects[0] if objects else scope
        if process := self._process_owner(chain):
            person, ref, given = process
            return person, f"accountable for {ref} at {given}, as nobody who is there is for {asked}"
        return None, f"nobody who is there is accountable for {asked} at {chain[-1]} or above it"

    def source_objects(self, source: str, entities: Sequence[Entity]) -> tuple[str, ...]:
        """Answers what a source's owners are named for: it, its contracts, the data that it feeds, processes through it."""
        fed = {table for entity in entities for table in tables_fed(entity)}
        contracts = dict.fromkeys(entity.contract for entity in entities)
        data = [str(ref) for ref, spec in self._specs("DataObject") if fed & set(spec.tables)]
        processes = [str(ref) for ref, spec in self._specs("Process") if source in spec.systems]
        return (f"Source:{source}", *contracts, *data, *processes)

    def is_there(self, person: str) -> bool:
        """Answers whether a person has not left."""
        return self._matrix.is_present(person, self._day)

    def _up(self, wanted: str, chain: Sequence[str]) -> Iterator[tuple[str, str]]:
        for end in range(len(chain), 0, -1):
            rows = self._matrix.rows_of(wanted, chain[end - 1], "*", self._day)
            people = {one.person for one in rows}
            if len(people) == 1 and self.is_there(rows[0].person):
                yield rows[0].person, rows[0].scope

    def _process_owner(self, chain: Sequence[str]) -> tuple[str, str, str] | None:
        found = [
            (*next(self._up(str(ref), chain), ("", "")), str(ref)) for ref in self._model.all_refs("Process") if ref.home in chain
        ]
        people = {person for person, _, _ in found if person}
        return next(((person, ref, given) for person, given, ref in found if person), None) if len(people) == 1 else None

    def _specs(self, kind: str) -> Iterator[tuple[Ref, Any]]:
        for ref in self._model.all_refs(kind):
            effective = self._model.effective(ref, ref.home) if self._model.tree.is_open(ref.home, self._day) else None
            if effective is not None:
                yield ref, effective.spec
