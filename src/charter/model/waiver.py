"""Waivers: permissions for one write that a lock refuses, granted by the lock's holder or above, with an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.errors import Code, Finding, Origin
from charter.model.codes import MOD029, MOD029_UNDATED, MOD032, MOD032_CIRCLE, MOD032_EARLY
from charter.model.dated import day
from charter.model.document import Document, Write
from charter.model.lock import Bound, Rule, bound_of
from charter.model.path import Path, covers, parse_path
from charter.model.ref import Ref, depth_of


@dataclass(frozen=True)
class Waiver:
    """One Waiver document, read."""

    name: str
    ref: str
    path: Path
    scope: str
    layer: str
    begin: date | None
    expires: date | None
    within: Bound | None
    requester: str
    approver: str
    renews: str | None
    origin: Origin

    def __str__(self) -> str:
        return f"{self.name} until {self.expires} ({self.origin})"

    def in_force(self, on: date) -> bool:
        """Answers whether it holds on the day (half-open)."""
        return self.begin is not None and self.expires is not None and self.begin <= on < self.expires

    def is_about(self, ref: Ref, layer: str, write: Write) -> bool:
        """Answers whether it speaks of this write, whatever the day and the rule."""
        return self.ref == str(ref) and self.scope == layer and covers(self.path, write.path)

    def admits(self, write: Write, anchor: Any) -> bool:
        """Answers whether the value keeps the waiver's own bounds; a delete only where there are none."""
        if self.within is None:
            return True
        return not write.delete and self.within.admits(write.value, anchor) is True

    def reaches(self, rule: Rule, chain: tuple[str, ...]) -> bool:
        """Answers whether it stands with the rule's holder, or above it."""
        return self.layer in chain and depth_of(self.layer) <= depth_of(rule.holder)


def waiver_of(document: Document) -> Waiver:
    """Answers the waiver that a document declares."""
    spec: Mapping[str, Any] = document.spec if isinstance(document.spec, dict) else {}
    return Waiver(
        str(document.ref), str(spec.get("ref")), parse_path(str(spec.get("path"))), str(spec.get("scope")), document.layer,
        day(spec.get("from")), day(spec.get("expires")), bound_of(spec.get("within")),
        str(spec.get("requester")), str(spec.get("approver")), str(spec["renews"]) if spec.get("renews") is not None else None, document.origin,
    )  # fmt: skip


def valid_waivers(documents: Iterable[Document], max_renewals: int) -> tuple[list[Waiver], list[Finding]]:
    """Answers the waivers that are not void, and a finding for each that is."""
    read = [waiver_of(document) for document in documents]
    by_name = {waiver.name: waiver for waiver in read}
    good, found = [], []
    for waiver in read:
        problem = _void(waiver, by_name, max_renewals)
        if problem is None:
            good.append(waiver)
        else:
            code, fields = problem
            found.append(code.finding(waiver.origin, layer=waiver.layer, waiver=waiver.name, **fields))
    return good, found


def _void(waiver: Waiver, by_name: Mapping[str, Waiver], max_renewals: int) -> tuple[Code, dict[str, Any]] | None:
    """Answers why a waiver has no effect, as a code and its fields, or None if it has."""
    if waiver.requester == waiver.approver:
        return MOD029, {"person": waiver.requester}
    if waiver.begin is None or waiver.expires is None:
        return MOD029_UNDATED, {"field": "expires" if waiver.expires is None else "from"}
    line = _renewed(waiver, by_name)
    if line[-1] in line[:-1]:
        return MOD032_CIRCLE, {"circle": " -> ".join(line)}
    if len(line) - 1 > max_renewals:
        return MOD032, {"n": len(line) - 1, "allowed": max_renewals}
    before = by_name.get(waiver.renews or "")
    if before is not None and before.expires is not None and waiver.begin < before.expires:
        return MOD032_EARLY, {"day": waiver.begin, "before": before.name, "end": before.expires}
    return None


def _renewed(waiver: Waiver, by_name: Mapping[str, Waiver]) -> list[str]:
    """Answers the names of a waiver and of those that it renews, one by one; a circle ends with a name that is there."""
    line = [waiver.name]
    here: Waiver | None = waiver
    while here is not None and here.renews and line[-1] not in line[:-1]:
        line.append(here.renews)
        here = by_name.get(here.renews)
    return line
