"""A delivery on its way in: judged by its contract into a temporary table, its odd lines told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.errors import CharterError, ContentError, Finding, Origin
from charter.intake.action import Action
from charter.intake.codes import INT011, INT012, INT041
from charter.intake.connectors.codes import INT003, INT004
from charter.intake.connectors.csv_style import refuse_missing
from charter.intake.connectors.protocol import Delivery, Staged
from charter.intake.contract import rule_id
from charter.intake.judge import judging
from charter.intake.odd_lines import drop_rejects, take_odd_lines
from charter.intake.plan import EntityPlan
from charter.intake.ratchet import Share
from charter.intake.refusal import DeliveryRefused, refused
from charter.intake.set_rule import broken, measure_sql, must_text, why_not_run
from charter.intake.value_sql import identifier, literal
from charter.intake.waiver import Passed

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule found in one delivery."""

    rule: str
    severity: str
    failed: int
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """One delivery, judged: its temporary table, its rows, what its rules found, and its lines that are no rows.

    Once it is mapped: the shares of its ratchets, and how many rows passed by a waiver.
    """

    delivery: Delivery
    staged: Staged
    table: str
    rows: int
    outcomes: tuple[RuleOutcome, ...]
    rejected: str | None
    rejected_rows: int
    findings: tuple[Finding, ...] = ()
    shares: tuple[Share, ...] = ()
    waived: tuple[Passed, ...] = ()

    @property
    def received(self) -> int:
        """Answers the source rows of the delivery."""
        return self.rows + self.rejected_rows


def judge(lake: Lake, plan: EntityPlan, delivery: Delivery, staged: Staged, number: int) -> Judged:
    """Answers the delivery judged row by row and as a set. Raises DeliveryRefused where the contract says so."""
    table = identifier(f"judged {number}")
    physical = dict(staged.physical) or _physical(lake, plan, delivery, staged)
    statement = judging(plan.contract, staged.relation, physical, staged.style, plan.needed(), plan.row_rules(), plan.open_rules())
    try:
        lake.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}")
    except CharterError as error:
        _refuse_damaged(lake, plan, delivery, staged)
        if isinstance(error, ContentError):
            raise refused(INT041, delivery.name, reason=error.message, source=plan.source, entity=plan.entity.id) from error
        raise
    rejected, lines = take_odd_lines(lake, delivery.name, staged, table, number)
    rows = _count(lake, table)
    _hold_duplicates(lake, plan, table)
    outcomes = _row_outcomes(lake, plan, table, rejected)
    _refuse_blocked(plan, delivery, outcomes, rows + lines)
    outcomes += _set_outcomes(lake, plan, delivery, table, rows, lines)
    findings = list(staged.findings)
    if rows + lines == 0:
        findings.append(INT003.finding(Origin(delivery.name), delivery=delivery.name))
    return Judged(delivery, staged, table, rows, tuple(outcomes), rejected, lines, tuple(findings))


def _refuse_damaged(lake: Lake, plan: EntityPlan, delivery: Delivery, staged: Staged) -> None:
    """Refuses a file that cannot even be read through without being judged; then neither rules nor the disk are to blame."""
    columns = ", ".join(identifier(column.physical) for column in plan.contract.columns)
    try:
        if staged.text:
            drop_rejects(lake, staged.text)
        lake.rows(f"SELECT bit_xor(hash({columns})) FROM {staged.relation}")
    except CharterError as error:
        form, what = "Parquet", "it is damaged: its pages cannot be read"
        if staged.text:
            form, what = "text", "its lines cannot be told apart, because of mixed line ends or of quotes that do not close"
        raise refused(INT004, delivery.name, format=form, what=what) from error
    finally:
        if staged.text:
            drop_rejects(lake, staged.text)


def _physical(lake: Lake, plan: EntityPlan, delivery: Delivery, staged: Staged) -> dict[str, str]:
    try:
        described = lake.rows(f"DESCRIBE SELECT * FROM {staged.relation}")
    except CharterError as error:
        raise refused(INT004, delivery.name, format="Parquet", what="it is damaged: its footer cannot be read") from error
    physical = {str(row[0]): str(row[1]) for row in described}
    wanted = [column.physical for column in plan.contract.columns]
    if set(wanted) - set(physical):
        refuse_missing(list(physical), wanted, delivery.name, _count(lake, staged.relation))
    return physical


def _count(lake: Lake, table: str) -> int:
    return int(lake.rows(f"SELECT count(*) FROM {table}")[0][0])


def _hold_duplicates(lake: Lake, plan: EntityPlan, table: str) -> None:
    """Holds rows that share what must be unique and differ in something else: which of them is right, nobody knows."""
    for columns in plan.unique_keys():
        listed = ", ".join(identifier(name) for name in columns)
        present = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in columns)
        rule = literal(rule_id("+".join(columns), "unique"))
        match = " AND ".join(f"j.{identifier(name)} = twice.{identifier(name)}" for name in columns)
        payload = ", ".join(f"{literal(name)}, CAST(j.{identifier(name)} AS VARCHAR)" for name in plan.needed())
        lake.execute(
            f"UPDATE {table} AS j SET _broken = concat_ws('; ', j._broken, {rule}), "
            f"_payload = coalesce(j._payload, CAST(json_object({payload}) AS VARCHAR)) "
            f"FROM (SELECT {listed} FROM {table} WHERE {present} GROUP BY {listed} "
            f"HAVING count(*) > 1 AND count(DISTINCT _content) > 1) AS twice WHERE {match}"
        )


def _row_outcomes(lake: Lake, plan: EntityPlan, table: str, rejected: str | None) -> list[RuleOutcome]:
    counts: dict[str, int] = {}
    parts = [f"SELECT _broken AS rules FROM {table}", f"SELECT _warned AS rules FROM {table}"]
    if plan.open_rules():
        parts.append(f"SELECT _open AS rules FROM {table}")
    if rejected:
        parts.append(f"SELECT rules FROM {rejected}")
    for rule, count in lake.rows(
        "SELECT rule, count(*) FROM (SELECT unnest(string_split(rules, '; ')) AS rule FROM "
        f"({' UNION ALL '.join(parts)}) AS told WHERE rules IS NOT NULL) AS single GROUP BY rule"
    ):
        counts[str(rule)] = int(count)
    declared = {rule.id: rule.action for rule in plan.row_rules()}
    declared.update({rule_id("+".join(columns), "unique"): Action.QUARANTINE for columns in plan.unique_keys()})
    declared.update({rule: Action.QUARANTINE for rule in counts if rule.startswith("row:")})
    outcomes = [RuleOutcome(rule, action.value, counts.get(rule, 0)) for rule, action in sorted(declared.items())]
    outcomes += [RuleOutcome(rule.id, Action.WARN.value, 0, enforced=False) for rule in plan.contract.unenforced]
    return outcomes


def _refuse_blocked(plan: EntityPlan, delivery: Delivery, outcomes: Sequence[RuleOutcome], received: int) -> None:
    for outcome in outcomes:
        if outcome.severity == Action.BLOCK.value and outcome.failed:
            finding = INT012.finding(
                Origin(delivery.name),
                delivery=delivery.name,
                rows=outcome.failed,
                rule=outcome.rule,
                contract=plan.contract.label,
            )
            raise DeliveryRefused(finding, received, tuple(outcomes))


def _set_outcomes(lake: Lake, plan: EntityPlan, delivery: Delivery, table: str, rows: int, lines: int) -> list[RuleOutcome]:
    outcomes = []
    failed: list[Finding] = []
    for rule in plan.contract.set_rules:
        if why_not_run(rule, plan):
            outcomes.append(RuleOutcome(rule.id, rule.action.value, 0, enforced=False))
            continue
        measured = lake.rows(measure_sql(rule, plan, table, lines))[0][0]
        wrong = broken(rule, measured)
        outcomes.append(RuleOutcome(rule.id, rule.action.value, int(wrong)))
        if wrong and rule.action is not Action.WARN:
            told = {"rule": rule.id, "contract": plan.contract.label, "measured": measured, "must": must_text(rule)}
            failed.append(INT011.finding(Origin(delivery.name), delivery=delivery.name, **told))
    if failed:
        raise DeliveryRefused(failed[0], rows + lines, tuple(outcomes))
    return outcomes
