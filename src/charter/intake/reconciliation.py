"""Our totals beside those that a source gives of itself, with the difference by reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from charter.intake.plan import EntityPlan
from charter.intake.target import TARGETS
from charter.warehouse.lake import statement_text

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


def reconcile(lake: Lake, source: str, plans: Iterable[EntityPlan]) -> None:
    """Compares a source's control totals with what was taken in of the entities that they are about.

    Called after the fold, inside the run's transaction. Held and excluded rows explain a difference where they name
    their day (and, below the group, their scope); what they leave is `unexplained`.
    """
    reconciliation = lake.table("reconciliation")
    known = lake.rows(f"SELECT DISTINCT entity FROM {lake.table('control_total')} WHERE source = $source", {"source": source})
    lake.execute(f"DELETE FROM {reconciliation} WHERE source = $source", {"source": source})
    records = {plan.entity.id: record for plan in plans if (record := _record(plan))}
    for (entity,) in known:
        if entity in records:
            statement = statement_text("charter.intake", "reconciliation").replace("{record}", lake.table(records[entity]))
            lake.execute(
                f"INSERT INTO {reconciliation} SELECT *, theirs - ours - quarantined - excluded FROM ({lake.filled(statement)}) AS told",
                {"source": source, "entity": entity},
            )


def _record(plan: EntityPlan) -> str | None:
    """Answers the table that keeps one row for each source row of the entity, where it is about orders."""
    return next((TARGETS[name].table.name for name in ("order", "order_line") if name in plan.entity.targets), None)
