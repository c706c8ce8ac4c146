"""What is held, by where and when it belongs, so that the numbers that it is missing from can say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from charter.intake.merge import note_months
from charter.intake.plan import EntityPlan
from charter.intake.target import TARGETS
from charter.warehouse.lake import statement_text

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


def note_held(lake: Lake, source: str, plans: Iterable[EntityPlan]) -> None:
    """Tells anew what of a source stands in quarantine and did not come mended since (table held).

    Called when all rows of the run are taken in, inside its transaction.
    """
    held = lake.table("held")
    named = {"source": source}
    lake.execute(f"DELETE FROM {held} WHERE source = $source", named)
    entities = lake.rows(f"SELECT DISTINCT entity FROM {lake.table('quarantine_row')} WHERE source = $source", named)
    known = {plan.entity.id: plan for plan in plans}
    for entity in sorted(str(row[0]) for row in entities if row[0] in known):
        record = next((target for name in known[entity].entity.targets if (target := TARGETS[name]).is_record()), None)
        if record is None:
            continue
        columns = record.table.column_names()
        document = next(name for name in ("document_key", "case_key", "row_key") if name in columns)
        statement = statement_text("charter.intake", "held").replace("{record}", lake.table(record.table.name))
        lake.execute(f"INSERT INTO {held} {lake.filled(statement.replace('{document}', document))}", {**named, "entity": entity})


def still_held(lake: Lake) -> str:
    """Answers the rows of quarantine_row that nothing settled since, as SQL that stands in a FROM."""
    return f"(SELECT * FROM {lake.table('quarantine_row')} WHERE settled_by IS NULL)"


def settle(lake: Lake, plan: EntityPlan) -> None:
    """Notes which held rows of an entity came again in the deliveries that are being merged: mended, or held anew.

    Of two rows of one identity the one with the greater version counts, of equal versions the one that came later, as in the
    merge; so a held row that says something newer than what stands stays held. Reads `mapped` and `batch_of`.
    """
    named = {"source": plan.source, "entity": plan.entity.id}
    table = lake.table("quarantine_row")
    if not lake.rows(f"SELECT 1 FROM {table} WHERE source = $source AND entity = $entity AND settled_by IS NULL LIMIT 1", named):
        return
    lake.execute(f"CREATE OR REPLACE TEMP TABLE settled AS {lake.text('charter.intake', 'settled')}", named)
    record = next((target for name in plan.entity.targets if (target := TARGETS[name]).keeps_versions()), None)
    if record is not None:
        # What is held now and came late is settled by what stands already; of what was held before, what came since tells.
        lake.execute(
            f"INSERT INTO settled SELECT q.batch_id, q.row_number, r.batch_id FROM {table} AS q JOIN {lake.table(record.table.name)} AS r "
            "ON r.source = q.source AND r.entity = q.entity AND r.row_key = q.row_key AND r.version_order > q.version_order "
            "WHERE q.source = $source AND q.entity = $entity AND q.settled_by IS NULL AND q.batch_id IN (SELECT batch_id FROM batch_of)",
            named,
        )
    if lake.rows("SELECT 1 FROM settled LIMIT 1"):
        note_months(
            lake, f"SELECT q.data_on FROM {table} AS q JOIN settled AS s ON q.batch_id = s.batch_id AND q.row_number = s.row_number"
        )
        lake.execute(
            f"UPDATE {table} AS q SET settled_by = s.by FROM (SELECT batch_id, row_number, min(settled_by) AS by FROM settled "
            "GROUP BY batch_id, row_number) AS s WHERE q.batch_id = s.batch_id AND q.row_number = s.row_number"
        )
    lake.execute("DROP TABLE settled")
