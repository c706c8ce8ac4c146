"""What contracts hold back: by batch and rule, and row by row."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from charter.app.codes import APP006, APP012, APP018, APP019, APP021
from charter.app.project import Advance, Project, bound, now, silent, today
from charter.app.run import RunReport, run
from charter.errors import CharterError, nearest_hint
from charter.intake.account import REFUSED, REPLACED
from charter.intake.declare import declared
from charter.intake.held import note_held, still_held
from charter.intake.reconciliation import reconcile
from charter.warehouse.opening import open_writer


@dataclass(frozen=True)
class HeldRule:
    """How many rows of a batch broke a rule, what they are worth in one currency, and the first of them."""

    batch_id: str
    source: str
    entity: str
    delivery: str
    rule: str
    rows: int
    value: Decimal | None
    currency: str | None
    first_row: int | None

    @property
    def value_text(self) -> str:
        """Answers the value for people; empty where it could not be read."""
        return "" if self.value is None else f"{self.currency or ''} {self.value:,.2f}".strip()

    def as_dict(self) -> dict[str, Any]:
        """Answers the row as a plain mapping."""
        return asdict(self)


@dataclass(frozen=True)
class HeldRow:
    """One held row, with its payload as received and every rule that it broke."""

    batch_id: str
    source: str
    entity: str
    delivery: str
    row_number: int
    rules: tuple[str, ...]
    payload: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Answers the row as a plain mapping."""
        return asdict(self)


REFUSED_RULE = "refused: "


def held(project: Project, *, source: str | None = None, rule: str | None = None) -> list[HeldRule]:
    """Answers what is held, by batch, rule and currency: a row that broke two rules counts in both.

    A refused delivery stands as one line with all its rows. `source` is a name, or a name and entity as `erp/orders`.
    """
    with project.reading() as lake:
        rows = lake.rows(
            "SELECT batch_id, source, entity, delivery, one_rule, count(*), sum(value_amount), currency, min(row_number) "
            "FROM (SELECT batch_id, source, entity, delivery, row_number, value_amount, currency, "
            f"unnest(string_split(rules, '; ')) AS one_rule FROM {still_held(lake)} AS still) AS held GROUP BY ALL "
            f"UNION ALL SELECT batch_id, source, entity, delivery, '{REFUSED_RULE}' || split_part(reason, ' ', 1), received, NULL, NULL, NULL "
            f"FROM {lake.table('batch')} WHERE state = 'refused' "
            "ORDER BY source, entity, delivery, one_rule, currency NULLS LAST"
        )
    found = [HeldRule(*row) for row in rows]
    refuse_unknown(
        "source", source, {name for one in found for name in (one.source, f"{one.source}/{one.entity}")} | source_names(project)
    )
    refuse_unknown("rule", rule, {one.rule for one in found})
    return [one for one in found if source in (None, one.source, f"{one.source}/{one.entity}") and rule in (None, one.rule)]


def source_names(project: Project) -> set[str]:
    """Answers the names of the sources that the workspace declares."""
    return {ref.full_name for ref in project.model(today(project)).all_refs("Source")}


def refuse_unknown(field: str, value: str | None, known: set[str]) -> None:
    """Raises UsageError (APP018) with the nearest name, where a name is asked for that is not known."""
    if value is not None and value not in known:
        raise APP018.exception(
            field=field, value=value, near=nearest_hint(value, known, "`charter quarantine list` shows what is held")
        )


def held_rows(project: Project, *, source: str | None = None, rule: str | None = None) -> list[HeldRow]:
    """Answers the held rows themselves, each with every rule that it broke."""
    rules = {(one.batch_id, one.rule) for one in held(project, source=source, rule=rule)}
    batches = {batch for batch, _ in rules}
    with project.reading() as lake:
        rows = lake.rows(
            f"SELECT batch_id, source, entity, delivery, row_number, rules, payload FROM {still_held(lake)} AS still "
            "ORDER BY source, entity, delivery, row_number"
        )
    found = [
        HeldRow(batch, name, entity, delivery, number, tuple(broken.split("; ")), json.loads(payload))
        for batch, name, entity, delivery, number, broken, payload in rows
        if batch in batches
    ]
    return [row for row in found if any((row.batch_id, one) in rules for one in row.rules)]


def dismiss(project: Project, batch: str, row: int | None, reason: str) -> str:
    """Settles held rows that will not come again, or a refused delivery; answers what was settled, in words.

    The rows stay in quarantine_row, with who dismissed them and why; they are in no number, and no number says any more that
    it lacks them. Recorded with the login, unauthenticated.
    """
    if not reason.strip():
        raise APP019.exception()
    project = bound(project)
    login = f"{getpass.getuser()} (unauthenticated)"
    told = f"dismissed by {login} on {today(project)}: {reason.strip()}"
    with project.reading() as lake:
        rows = lake.rows(
            f"SELECT DISTINCT batch_id, source, entity, state FROM {lake.table('batch')} WHERE starts_with(batch_id, $batch) ORDER BY 1",
            {"batch": batch},
        )
        if len(rows) == 1:
            batch_id, source, entity, state = rows[0]
            where = "batch_id = $batch AND settled_by IS NULL AND ($row IS NULL OR row_number = $row)"
            named = {"batch": batch_id, "row": row}
            count = int(lake.rows(f"SELECT count(*) FROM {lake.table('quarantine_row')} WHERE {where}", named)[0][0])
    if len(rows) > 1:
        raise APP012.exception(batch=batch, n=len(rows), named=", ".join(found[0][:12] for found in rows[:5]))
    if not rows or (not count and row is not None):
        raise _no_such(batch, row)
    if not count and state != REFUSED:
        raise APP021.exception(batch=batch_id[:12])
    model = project.model(today(project))
    plan = next(
        (
            declared(model, ref, environment=os.environ, scratch=project.store.temp)
            for ref in model.all_refs("Source")
            if ref.full_name == source
        ),
        None,
    )
    with open_writer(project.store, holder="charter quarantine dismiss", since=now().isoformat()) as lake, lake.transaction():
        lake.execute(f"UPDATE {lake.table('quarantine_row')} SET settled_by = $told WHERE {where}", {**named, "told": told})
        if state == REFUSED:
            lake.execute(
                f"UPDATE {lake.table('batch')} SET state = $state, reason = reason || '; ' || $told WHERE batch_id = $batch",
                {"state": REPLACED, "told": told, "batch": batch_id},
            )
        if plan is not None:
            reconcile(lake, source, plan.entities)
            note_held(lake, source, plan.entities)
    what = f"{count:,} held {'row' if count == 1 else 'rows'}" if count else "the refused delivery"
    return f"{what} of {source}/{entity}, batch {batch_id[:12]}: {told}"


@dataclass(frozen=True)
class Released:
    """What became of held rows when their deliveries were read again: held before and after, and the run's own account."""

    before: int
    after: int
    report: RunReport

    def as_dict(self) -> dict[str, Any]:
        """Answers the release as a plain mapping."""
        return {"held_before": self.before, "held_after": self.after, **self.report.as_dict()}


def release(project: Project, *, source: str | None = None, advance: Advance = silent, at: datetime | None = None) -> Released:
    """Reads the deliveries that hold rows again, by what holds now: rows that are mended by it are taken in.

    A code was added to a list, a rule or the mapping was mended. All deliveries of a source with held rows are read, for rows
    that were taken in by the old mapping are mapped anew as well. A corrected file needs no release: `run` takes it in.

    Raises UsageError (APP018) where nothing is held of the source.
    """
    found = held(project, source=source)
    names = sorted({one.source for one in found})
    if not names:
        raise APP018.exception(field="source", value=source or "of any", near="`charter quarantine list` shows what is held")
    before = _count_held(project, names)
    report = run(project, only=names, again=True, advance=advance, at=at)
    return Released(before, _count_held(project, names), report)


def _count_held(project: Project, sources: Sequence[str]) -> int:
    with project.reading() as lake:
        marks = ", ".join("?" for _ in sources)
        rows = lake.rows(f"SELECT count(*) FROM {still_held(lake)} AS still WHERE source IN ({marks})", list(sources))
    return int(rows[0][0])


def _no_such(batch: str, row: int | None) -> CharterError:
    return APP006.exception(batch=batch, row="" if row is None else f", or it holds no row {row}")


def held_row(project: Project, batch: str, row: int) -> HeldRow:
    """Answers one held row, by (the beginning of) its batch and its number in the delivery."""
    with project.reading() as lake:
        rows = lake.rows(
            f"SELECT batch_id, source, entity, delivery, row_number, rules, payload FROM {lake.table('quarantine_row')} "
            "WHERE starts_with(batch_id, $batch) AND row_number = $row ORDER BY batch_id",
            {"batch": batch, "row": row},
        )
    if not rows:
        raise _no_such(batch, row)
    if len(rows) > 1:
        raise APP012.exception(batch=batch, n=len(rows), named=", ".join(found[0][:12] for found in rows[:5]))
    batch_id, source, entity, delivery, number, rules, payload = rows[0]
    return HeldRow(batch_id, source, entity, delivery, number, tuple(rules.split("; ")), json.loads(payload))
