"""Waivers: permissions for one write that a lock refuses, granted by the lock's holder or above, with an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.errors import Finding, Origin
from charter.model.codes import MOD029, MOD032
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
        str(spec.get("requester")), str(spec.get("approver")), spec.get("renews"), document.origin,
    )  # fmt: skip


def valid_waivers(documents: Iterable[Document], max_renewals: int) -> tuple[list[Waiver], list[Finding]]:
    """Answers the waivers that are not void, and a finding for each that is."""
    read = [waiver_of(document) for document in documents]
    by_name = {waiver.name: waiver for waiver in read}
    good, found = [], []
    for waiver in read:
        renewals = _renewals(waiver, by_name)
        if waiver.requester == waiver.approver or waiver.expires is None:
            found.append(MOD029.finding(waiver.origin, person=waiver.requester, waiver=waiver.name, layer=waiver.layer))
        elif renewals is None or renewals > max_renewals or not _gapless(waiver, by_name):
            n = "in a circle, endlessly" if renewals is None else renewals
            found.append(MOD032.finding(waiver.origin, waiver=waiver.name, n=n, allowed=max_renewals, layer=waiver.layer))
        else:
            good.append(waiver)
    return good, found


def _renewals(waiver: Waiver, by_name: Mapping[str, Waiver]) -> int | None:
    seen = {waiver.name}
    count = 0
    while waiver.renews:
        count += 1
        if waiver.renews in seen:
            return None
        seen.add(waiver.renews)
        before = by_name.get(waiver.renews)
        if before is None:
            break
        waiver = before
    return count


def _gapless(waiver: Waiver, by_name: Mapping[str, Waiver]) -> bool:
    before = by_name.get(waiver.renews or "")
    return before is None or before.expires is None or waiver.begin is None or waiver.begin >= before.expires
