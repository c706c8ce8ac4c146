"""The documents of a workspace, found by what they are about; made once, whatever the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from charter.model.dated import day
from charter.model.document import Document
from charter.model.lock import Lock, lock_of
from charter.model.ref import Ref

_NONE: Mapping[str, Sequence[Document]] = {}


class Index:
    """Layered documents by Ref and layer, locks by target, waivers; and the days on which each Ref may change."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._layers: dict[Ref, dict[str, list[Document]]] = {}
        self.locks: dict[str, list[Lock]] = {}
        self.waivers: list[Document] = []
        self._control_days: dict[str, set[date]] = {}
        self._days: dict[Ref, frozenset[date]] = {}
        for document in documents:
            if document.kind.name == "Lock":
                lock = lock_of(document)
                self.locks.setdefault(lock.target, []).append(lock)
                self._control_days.setdefault(lock.target, set()).update(document.boundaries())
            elif document.kind.name == "Waiver":
                self.waivers.append(document)
                self._control_days.setdefault(_target(document), set()).update(document.boundaries() | _waiver_days(document))
            elif not document.kind.control:
                self._layers.setdefault(document.ref, {}).setdefault(document.layer, []).append(document)

    def refs(self) -> Iterable[Ref]:
        """Answers every Ref that a document names, on whichever day."""
        return self._layers.keys()

    def layers(self, ref: Ref) -> Mapping[str, Sequence[Document]]:
        """Answers all documents of a Ref, by layer, on whichever day."""
        return self._layers.get(ref, _NONE)

    def days(self, ref: Ref) -> frozenset[date]:
        """Answers the days of its documents, locks and waivers: between two of them nothing about the Ref changes."""
        known = self._days.get(ref)
        if known is None:
            found: set[date] = set()
            for documents in self.layers(ref).values():
                for document in documents:
                    found |= document.boundaries()
            for target in targets_of(ref):
                found |= self._control_days.get(target, set())
            known = self._days[ref] = frozenset(found)
        return known


def targets_of(ref: Ref) -> tuple[str, ...]:
    """Answers the ways in which a lock may name the Ref; `Kind:*` leaves local documents alone."""
    every = f"{ref.kind}:**"
    return (str(ref), every) if ref.is_local else (str(ref), every, f"{ref.kind}:*")


def _target(document: Document) -> str:
    return str(document.spec.get("ref")) if isinstance(document.spec, dict) else ""


def _waiver_days(document: Document) -> set[date]:
    spec = document.spec if isinstance(document.spec, dict) else {}
    return {bound for bound in (day(spec.get("from")), day(spec.get("expires"))) if bound}
