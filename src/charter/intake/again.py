"""Taking deliveries in again, by today's contract and mapping, as if they had been read so when they came.

What a batch brought goes, and its delivery is read once more under the batch's own id and time: what it held that is mended now
is taken in, and what it had mapped otherwise is mapped anew. So the whole is what it would be had the mapping always been so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from charter.errors import Finding
from charter.intake.account import TAKEN
from charter.intake.codes import INT050
from charter.intake.connectors.protocol import Delivery, connector_for
from charter.intake.ledger import OF_BATCHES
from charter.intake.merge import touch
from charter.intake.plan import EntityPlan
from charter.intake.source_plan import SourcePlan
from charter.intake.target import TARGETS

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_OF_BATCHES = ("excluded_row", *OF_BATCHES)


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch that is taken in again: its delivery, and when it came."""

    batch_id: str
    entity: str
    delivery: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """The batches that are taken in again, in the order in which they came; their deliveries; what cannot be, and why."""

    batches: tuple[Standing, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    findings: tuple[Finding, ...] = ()

    def came(self, entity: str) -> dict[str, datetime]:
        """Answers when each delivery of an entity came, by name."""
        return {one.delivery: one.received_at for one in self.batches if one.entity == entity}

    def without(self, refused: Collection[tuple[str, str]]) -> Again:
        """Answers the same without deliveries (entity, name) that could not be read now: they stay as they are."""
        return replace(self, batches=tuple(one for one in self.batches if (one.entity, one.delivery) not in refused))


def retakable(lake: Lake, source: SourcePlan) -> Again:
    """Answers what can be taken in again: of each entity of files the newest batches whose delivery is there, unchanged.

    Where an earlier delivery is gone, what came before it stays as it was taken in: read anew, it would win over what
    the missing one had brought. Tables of databases are read by each run anyway.
    """
    found = Again()
    for plan in source.entities:
        if plan.entity.files:
            found = _joined(found, _of_entity(lake, plan, source))
    return found


def _joined(one: Again, other: Again) -> Again:
    return Again(one.batches + other.batches, one.deliveries + other.deliveries, one.findings + other.findings)


def _of_entity(lake: Lake, plan: EntityPlan, source: SourcePlan) -> Again:
    connector = connector_for(plan.connection.type)
    there = {delivery.name: delivery for delivery in connector.deliveries(plan, source.reach)}
    order = {name: at for at, name in enumerate(there)}
    rows = lake.rows(
        f"SELECT batch_id, delivery, delivery_hash, received_at FROM {lake.table('batch')} "
        f"WHERE source = $source AND entity = $entity AND state = '{TAKEN}' ORDER BY received_at, delivery",
        {"source": plan.source, "entity": plan.entity.id},
    )
    known = sorted(rows, key=lambda row: (row[3], order.get(row[1], -1)))
    digests = {name: connector.known_hash(there[name]) for name in {row[1] for row in known} & there.keys()}
    gone = [at for at, row in enumerate(known) if digests.get(row[1]) != row[2]]
    kept = known[gone[-1] + 1 :] if gone else known
    batches = tuple(Standing(row[0], plan.entity.id, row[1], row[3]) for row in kept)
    told: tuple[Finding, ...] = ()
    if gone:
        lost = {"n": len(gone), "stay": len(known) - len(kept) - len(gone), "delivery": known[gone[-1]][1]}
        told = (INT050.finding(source=plan.source, entity=plan.entity.id, **lost),)
    return Again(batches, tuple(there[one.delivery] for one in batches), told)


def forget_batches(lake: Lake, plans: Mapping[str, EntityPlan], batches: Sequence[Standing]) -> None:
    """Takes out what these batches brought, after noting what it touched; called in the transaction that takes it in again."""
    if not batches:
        return
    lake.load("retaken", {"batch_id": "VARCHAR"}, [(one.batch_id,) for one in batches])
    which = "IN (SELECT batch_id FROM retaken)"
    for entity in dict.fromkeys(one.entity for one in batches):
        for name in plans[entity].entity.targets:
            table = lake.table(TARGETS[name].table.name)
            touch(lake, TARGETS[name], f"{table} AS r WHERE r.batch_id {which}", "r.", {})
            lake.execute(f"DELETE FROM {table} WHERE batch_id {which}")
    # What one of them settled is open again until they are judged anew.
    lake.execute(f"UPDATE {lake.table('quarantine_row')} SET settled_by = NULL WHERE settled_by {which}")
    for name in _OF_BATCHES:
        lake.execute(f"DELETE FROM {lake.table(name)} WHERE batch_id {which}")
    lake.execute("DROP TABLE retaken")


def keep_times(lake: Lake, batches: Sequence[Standing]) -> None:
    """Gives batches that were taken in again the time at which they came."""
    if not batches:
        return
    rows = [(one.batch_id, one.received_at.isoformat()) for one in batches]
    lake.load("came", {"batch_id": "VARCHAR", "received_at": "TIMESTAMPTZ"}, rows)
    lake.execute(f"UPDATE {lake.table('batch')} AS b SET received_at = c.received_at FROM came AS c WHERE c.batch_id = b.batch_id")
    lake.execute("DROP TABLE came")
