"""The account of intake: per delivery, what became of each source row. It always balances."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from charter.errors import Finding
from charter.intake.waiver import Passed

TAKEN, REFUSED, REPLACED = "taken", "refused", "replaced"


@dataclass(frozen=True, slots=True)
class Account:
    """received = accepted + unchanged + superseded + excluded + quarantined, in source rows of one delivery."""

    batch_id: str
    source: str
    entity: str
    delivery: str
    received: int
    accepted: int
    unchanged: int
    superseded: int
    excluded: int
    quarantined: int
    state: str
    reason: str | None = None
    exclusions: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    waived: tuple[Passed, ...] = ()

    @property
    def balances(self) -> bool:
        """Answers whether each received row is accounted for exactly once."""
        return self.received == self.accounted_for and min(self._parts) >= 0

    @property
    def accounted_for(self) -> int:
        """Answers how many rows the account tells of."""
        return sum(self._parts)

    @property
    def _parts(self) -> tuple[int, ...]:
        return (self.accepted, self.unchanged, self.superseded, self.excluded, self.quarantined)


def batch_id_of(source: str, entity: str, delivery: str, delivery_hash: str) -> str:
    """Answers the id of a batch: the same delivery has the same id in every run."""
    named = "\0".join((source, entity, delivery, delivery_hash))
    return hashlib.sha256(named.encode()).hexdigest()[:32]
