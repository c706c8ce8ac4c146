"""A source tried out: what its mapping makes of the rows, and what would be held, with nothing taken in."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from charter.app.check import broken, first_of
from charter.app.codes import APP004, APP005
from charter.app.findings import as_dict as finding_as_dict
from charter.app.project import Advance, Project, now, silent, today
from charter.app.pseudonyms import key_of, passing_key
from charter.app.run import AccountLine, account_line
from charter.errors import Finding, nearest_hint
from charter.intake.declare import declared
from charter.intake.held import still_held
from charter.intake.take import Prepared, pending, prepare, silent_patterns, take
from charter.intake.value_sql import identifier
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_aside

SHOWN = 3


@dataclass(frozen=True)
class MappedColumn:
    """One canonical column of one entity: how many of the rows that would be accepted have a value, and the first values."""

    entity: str
    column: str
    filled: int
    rows: int
    first: tuple[str | None, ...]

    @property
    def share(self) -> str:
        """Answers how much is filled, as a percentage."""
        return f"{self.filled / self.rows:.1%}".replace("%", " %") if self.rows else "–"


@dataclass(frozen=True)
class HeldBy:
    """Rows that one rule would hold: how many, what they are worth, and one of them."""

    entity: str
    rule: str
    rows: int
    value: Decimal | None
    delivery: str
    row_number: int
    payload: dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """What would come of a source's deliveries: the account of each, what is mapped, what is held, what was noticed."""

    source: str
    accounts: tuple[AccountLine, ...]
    columns: tuple[MappedColumn, ...]
    held: tuple[HeldBy, ...]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Answers the trial as a plain mapping."""
        return {
            "source": self.source,
            "accounts": [asdict(line) for line in self.accounts],
            "columns": [asdict(one) for one in self.columns],
            "held": [asdict(one) for one in self.held],
            "findings": [finding_as_dict(finding) for finding in self.findings],
        }


def tryout(project: Project, name: str, *, advance: Advance = silent) -> Tried:
    """Answers what the draft's source would make of everything that it delivers now. Nothing is taken in, no lake is needed.

    Raises:
        ContentError: APP004, the documents have errors that a run would stop at.
        UsageError: APP005, there is no such source.
    """
    model = project.model(today(project))
    known = {ref.full_name: ref for ref in model.all_refs("Source")}
    if name not in known:
        raise APP005.exception(name=name, near=nearest_hint(name, known, "`charter show Source` lists them"))
    if errors := broken(project, model.as_of):
        raise APP004.exception(errors[0].origin, n=len(errors), hint=first_of(errors))
    project.store.temp.mkdir(parents=True, exist_ok=True)
    source = declared(model, known[name], environment=os.environ, scratch=project.store.temp)
    if source.tells_people:
        source = replace(source, key=key_of(project) or passing_key())

    def tell(stage: str, delivery: str, rows: int) -> None:
        advance(f"{name}: {stage} {delivery}", rows, None, "rows")

    with open_aside(project.store.temp, reads=project.workspace.folders) as lake:
        waiting, moment = pending(lake, source, model_hash=""), now()
        prepared = prepare(lake, source, waiting, run_at=moment, model_hash="", progress=tell)
        columns = _columns(lake, prepared)
        with lake.transaction():
            taken = take(lake, source, prepared, run_at=moment, model_hash="", progress=tell)
        held = _held(lake)
    findings = (*silent_patterns(source), *taken.findings)
    return Tried(name, tuple(account_line(one) for one in taken.accounts), columns, held, findings)


def _columns(lake: Lake, prepared: Prepared) -> tuple[MappedColumn, ...]:
    found = []
    for entity, groups in prepared.groups.items():
        for group in groups[:1]:
            names = [str(row[0]) for row in lake.rows(f"DESCRIBE {group.table}") if "." in str(row[0])]
            found += _filled(lake, entity, group.table, names)
    return tuple(found)


def _filled(lake: Lake, entity: str, table: str, names: Sequence[str]) -> list[MappedColumn]:
    kept = "_rules IS NULL AND _reason IS NULL"
    counts = ", ".join(f"count({identifier(name)})" for name in names)
    values = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
    (rows, *filled) = lake.rows(f"SELECT count(*), {counts} FROM {table} WHERE {kept}")[0]
    first = lake.rows(f"SELECT {values} FROM {table} WHERE {kept} ORDER BY _delivery, _row LIMIT {SHOWN}")
    return [
        MappedColumn(entity, name, int(filled[at]), int(rows), tuple(row[at] for row in first)) for at, name in enumerate(names)
    ]


def _held(lake: Lake) -> tuple[HeldBy, ...]:
    rows = lake.rows(
        "SELECT entity, rule, count(*), sum(value_amount), min_by(delivery, (delivery, row_number)), "
        "min_by(row_number, (delivery, row_number)), min_by(payload, (delivery, row_number)) FROM (SELECT entity, delivery, row_number, value_amount, "
        f"payload, unnest(string_split(rules, '; ')) AS rule FROM {still_held(lake)} AS still) AS told GROUP BY entity, rule ORDER BY 3 DESC, 1, 2"
    )
    return tuple(
        HeldBy(entity, rule, int(count), value, delivery, int(at), json.loads(payload))
        for entity, rule, count, value, delivery, at, payload in rows
    )
