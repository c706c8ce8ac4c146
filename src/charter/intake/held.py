"""What is held, by where and when it belongs, so that the numbers that it is missing from can say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

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
    """Answers the rows of quarantine_row that did not come mended since, as SQL that stands in a FROM."""
    records = [lake.table(target.table.name) for target in TARGETS.values() if target.is_record()]
    # Only what may be among the held ones is remembered: the records are all rows that ever came.
    mine = f"row_key IN (SELECT row_key FROM {lake.table('quarantine_row')})"
    taken = " UNION ALL ".join(f"SELECT source, entity, row_key FROM {table} WHERE {mine}" for table in records)
    return (
        f"(SELECT q.* FROM {lake.table('quarantine_row')} AS q ANTI JOIN ({taken}) AS r "
        "ON r.source = q.source AND r.entity = q.entity AND r.row_key = q.row_key)"
    )
