"""The marks of an entity's ratchets: how each market stands at any arrival, from the shares that are written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from charter.intake.plan import EntityPlan
from charter.intake.ratchet import Arrival, Mark, Share, Standing

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_COLUMNS = (
    "rule, scope, failed, rows, counted_failed, counted_rows, counts, worse, best_failed, best_rows, best_delivery, best_at, "
    "received_at, position, held, delivery"
)


class Marks:
    """How the markets of one entity stand, brought on delivery by delivery."""

    def __init__(self, standing: dict[tuple[str, str | None], Standing], later: list[tuple[Share, str]]) -> None:
        self._standing = standing
        self._later = later

    @classmethod
    def read(cls, lake: Lake, plan: EntityPlan, first: Arrival, without: Collection[str]) -> Marks:
        """Answers the marks as they stood before `first`, as if the batches of `without` had not come yet.

        Shares of other batches that came after it (they could not be read again) are kept, and count from when they came.
        """
        if not plan.ratchets():
            return cls({}, [])
        lake.load("coming", {"batch_id": "VARCHAR"}, [(batch,) for batch in without])
        mine = (
            f"SELECT {_COLUMNS} FROM {lake.table('ratchet_share')} WHERE source = $source AND entity = $entity "
            "AND batch_id NOT IN (SELECT batch_id FROM coming)"
        )
        named = {"source": plan.source, "entity": plan.entity.id, "at": first.at, "position": first.position}
        before = "(received_at < $at OR received_at = $at AND position < $position)"
        newest = "QUALIFY row_number() OVER (PARTITION BY rule, scope ORDER BY received_at DESC, position DESC) = 1"
        standing = [_share(row) for row in lake.rows(f"{mine} AND {before} {newest}", named)]
        later = [_share(row) for row in lake.rows(f"{mine} AND NOT {before} ORDER BY received_at, position, rule, scope", named)]
        lake.execute("DROP TABLE coming")
        return cls({(share.rule, share.scope): share.after(delivery) for share, delivery in standing}, later)

    def before(self, rule: str, scope: str | None, came: Arrival) -> Standing:
        """Answers how a market stands when a delivery comes; asked in the order of arrival."""
        while self._later and self._later[0][0].came < came:
            self.note(*self._later.pop(0))
        return self._standing.get((rule, scope), Standing())

    def note(self, share: Share, delivery: str) -> None:
        """Brings a market on by what a delivery brought of it."""
        self._standing[share.rule, share.scope] = share.after(delivery)


def arrivals(
    lake: Lake, plan: EntityPlan, names: Collection[str], run_at: datetime, known: dict[str, datetime]
) -> dict[str, Arrival]:
    """Answers when each delivery (by name, in the order in which they are taken in) came; `known` has what came before.

    Deliveries of a run that began at the very instant of another come after its.
    """
    sql = f"SELECT max(position) FROM {lake.table('ratchet_share')} WHERE source = ? AND entity = ? AND received_at = ?"
    row = lake.one(sql, [plan.source, plan.entity.id, run_at]) if plan.ratchets() else None
    following = {run_at: int(row[0]) + 1} if row and row[0] is not None else {}
    found = {}
    again: dict[datetime, int] = {}
    for name in names:
        places = again if name in known else following
        at = known.get(name, run_at)
        found[name] = Arrival(at, places.get(at, 0))
        places[at] = found[name].position + 1
    return found


def _share(row: tuple[Any, ...]) -> tuple[Share, str]:
    (rule, scope, failed, rows, counted_failed, counted_rows, counts, worse, best_failed, best_rows, best_delivery, best_at,
     received_at, position, held, delivery) = row  # fmt: skip
    mark = None if best_rows is None else Mark(best_failed, best_rows, best_delivery, best_at)
    came = Arrival(received_at, position)
    share = Share(rule, scope, failed, rows, counted_failed, counted_rows, counts, worse, mark, came, held)
    return share, str(delivery)
