"""Which deliveries are known already: the newest batch of each name tells, for a state may come back after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.intake.account import REFUSED, TAKEN, batch_id_of
from charter.intake.connectors.codes import INT008, INT018
from charter.intake.stage import Judged

if TYPE_CHECKING:
    from charter.intake.plan import EntityPlan
    from charter.warehouse.lake import Lake

# What the world did may be over by now; what the model says of the rows holds until the model changes.
_PASSING = (INT008.code, INT018.code)


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a delivery when it came last; `again`: what a read from its cursor on gives while nothing changes."""

    digest: str
    again: str
    state: str
    model_hash: str
    reason: str

    def answers_for(self, digest: str, model_hash: str) -> bool:
        """Answers whether a delivery of this content needs no second look under the model."""
        if self.digest != digest:
            return False
        return self.state != REFUSED or (self.model_hash == model_hash and not self.reason.startswith(_PASSING))


Newest = Mapping[tuple[str, str], Sequence[Batch]]


def newest_batches(lake: Lake, source: str) -> Newest:
    """Answers, by entity and name of delivery, its newest batch (or those that one instant saw)."""
    rows = lake.rows(
        "SELECT entity, delivery, delivery_hash, coalesce(again_hash, ''), state, model_hash, coalesce(reason, '') FROM (SELECT *, max(received_at) OVER "
        f"(PARTITION BY entity, delivery) AS newest FROM {lake.table('batch')} WHERE source = $source) AS known "
        "WHERE received_at = newest",
        {"source": source},
    )
    found: dict[tuple[str, str], list[Batch]] = {}
    for entity, delivery, *rest in rows:
        found.setdefault((entity, delivery), []).append(Batch(*rest))
    return found


def is_known(newest: Newest, entity: str, delivery: str, digest: str, model_hash: str) -> bool:
    """Answers whether what came last under this name was the same, and need not be looked at again."""
    return any(batch.answers_for(digest, model_hash) for batch in newest.get((entity, delivery), ()))


def stands(newest: Newest, entity: str, judged: Judged, model_hash: str) -> bool:
    """Answers whether a table that is always read again holds what was taken in last, under the same model."""
    batches = newest.get((entity, judged.delivery.name), ())
    return any(
        judged.staged.sha256 in (batch.digest, batch.again) and (batch.state, batch.model_hash) == (TAKEN, model_hash)
        for batch in batches
    )


def batch_ids(lake: Lake, plan: EntityPlan, group: Sequence[Judged]) -> list[str]:
    """Answers the ids of the batches of a group; a content that comes back after another has an id of its own."""
    counted = {
        str(batch): int(count)
        for batch, count in lake.rows(
            f"SELECT batch_id, count(*) OVER (PARTITION BY delivery) FROM {lake.table('batch')} "
            "WHERE source = $source AND entity = $entity QUALIFY state <> $refused",
            {"source": plan.source, "entity": plan.entity.id, "refused": REFUSED},
        )
    }
    ids = []
    for one in group:
        told = (plan.source, plan.entity.id, one.delivery.name)
        batch_id = batch_id_of(*told, one.staged.sha256)
        again = counted.get(batch_id)
        ids.append(batch_id_of(*told, f"{one.staged.sha256} after {again}") if again else batch_id)
    return ids
