"""What contracts hold back: by batch and rule, and row by row."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from charter.app.codes import APP006, APP012
from charter.app.project import Project
from charter.intake.held import still_held


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
    first_row: int

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


def held(project: Project, *, source: str | None = None, rule: str | None = None) -> list[HeldRule]:
    """Answers what is held, by batch, rule and currency; a row that broke two rules counts in both, one that came mended in none."""
    with project.reading() as lake:
        rows = lake.rows(
            "SELECT batch_id, source, entity, delivery, one_rule, count(*), sum(value_amount), currency, min(row_number) "
            "FROM (SELECT batch_id, source, entity, delivery, row_number, value_amount, currency, "
            f"unnest(string_split(rules, '; ')) AS one_rule FROM {still_held(lake)} AS still) AS held "
            "WHERE ($source IS NULL OR source = $source) AND ($rule IS NULL OR one_rule = $rule) "
            "GROUP BY ALL ORDER BY source, entity, delivery, one_rule, currency NULLS LAST",
            {"source": source, "rule": rule},
        )
    return [HeldRule(*row) for row in rows]


def held_row(project: Project, batch: str, row: int) -> HeldRow:
    """Answers one held row, by (the beginning of) its batch and its number in the delivery."""
    with project.reading() as lake:
        rows = lake.rows(
            f"SELECT batch_id, source, entity, delivery, row_number, rules, payload FROM {lake.table('quarantine_row')} "
            "WHERE starts_with(batch_id, $batch) AND row_number = $row ORDER BY batch_id",
            {"batch": batch, "row": row},
        )
    if not rows:
        raise APP006.exception(batch=batch, row=row)
    if len(rows) > 1:
        raise APP012.exception(batch=batch, n=len(rows), named=", ".join(found[0][:12] for found in rows[:5]))
    batch_id, source, entity, delivery, number, rules, payload = rows[0]
    return HeldRow(batch_id, source, entity, delivery, number, tuple(rules.split("; ")), json.loads(payload))
