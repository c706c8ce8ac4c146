"""The account, written down: batches, what was left out, what rules found, and the rows that are held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from charter.errors import Finding
from charter.intake.account import REFUSED, REPLACED, TAKEN, Account, batch_id_of
from charter.intake.connectors.protocol import Delivery
from charter.intake.merge import ALIVE, place
from charter.intake.plan import EntityPlan
from charter.intake.stage import Judged, RuleOutcome
from charter.intake.value_sql import identifier
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Stamp:
    """Under what a batch is written down: when its run began, and the model that was in force."""

    run_at: datetime
    model_hash: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A delivery that was refused before or by its contract."""

    delivery: Delivery
    sha256: str
    received: int
    finding: Finding
    reason: str
    outcomes: tuple[RuleOutcome, ...] = ()


def record_batch(lake: Lake, plan: EntityPlan, judged: Judged, number: int, batch_id: str, stamp: Stamp) -> Account:
    """Writes one merged delivery down; answers its account. Reads `mapped` and `verdict`."""
    which = {"number": number}
    held = _hold(lake, plan, judged, number, batch_id)
    exclusions = {
        str(reason): int(count)
        for reason, count in lake.rows(
            "SELECT _reason, count(*) FROM mapped WHERE _delivery = $number AND _rules IS NULL AND _reason IS NOT NULL "
            "GROUP BY _reason ORDER BY _reason",
            which,
        )
    }
    verdicts = {
        str(verdict): int(count)
        for verdict, count in lake.rows("SELECT verdict, count(*) FROM verdict WHERE _delivery = $number GROUP BY verdict", which)
    }
    unchanged, superseded = verdicts.get("unchanged", 0), verdicts.get("superseded", 0)
    first, last, alive = lake.rows(
        f"SELECT min(_day), max(_day), count(*) FROM mapped WHERE _delivery = $number AND {ALIVE}", which
    )[0]
    account = Account(
        batch_id=batch_id,
        source=plan.source,
        entity=plan.entity.id,
        delivery=judged.delivery.name,
        received=judged.received,
        accepted=int(alive) - unchanged - superseded,
        unchanged=unchanged,
        superseded=superseded,
        excluded=sum(exclusions.values()),
        quarantined=held,
        state=TAKEN,
        exclusions=exclusions,
        findings=judged.findings,
    )
    _replace_refused(lake, account)
    told = {"delivery_hash": judged.staged.sha256, "bytes": judged.staged.bytes, "cursor": judged.staged.cursor}
    _write(lake, plan, account, stamp, {**told, "data_from": first, "data_to": last})
    for reason, count in exclusions.items():
        lake.execute(
            f"INSERT INTO {lake.table('batch_exclusion')} (batch_id, reason, rows) VALUES ($batch, $reason, $rows)",
            {"batch": batch_id, "reason": reason, "rows": count},
        )
    _write_outcomes(lake, plan, batch_id, judged.outcomes, number)
    return account


def record_refusal(lake: Lake, plan: EntityPlan, refusal: Refusal, stamp: Stamp) -> Account:
    """Writes a refused delivery down: all its rows, as far as they could be counted, count as quarantined."""
    name = refusal.delivery.name
    account = Account(
        batch_id=batch_id_of(plan.source, plan.entity.id, name, refusal.sha256),
        source=plan.source,
        entity=plan.entity.id,
        delivery=name,
        received=refusal.received,
        accepted=0,
        unchanged=0,
        superseded=0,
        excluded=0,
        quarantined=refusal.received,
        state=REFUSED,
        reason=refusal.reason,
        findings=(refusal.finding,),
    )
    _replace_refused(lake, account)
    _write(lake, plan, account, stamp, {"delivery_hash": refusal.sha256, "bytes": refusal.delivery.bytes})
    _write_outcomes(lake, plan, account.batch_id, refusal.outcomes, None)
    return account


def _write(lake: Lake, plan: EntityPlan, account: Account, stamp: Stamp, more: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "batch_id": account.batch_id,
        "source": account.source,
        "entity": account.entity,
        "delivery": account.delivery,
        "received": account.received,
        "accepted": account.accepted,
        "unchanged": account.unchanged,
        "superseded": account.superseded,
        "excluded": account.excluded,
        "quarantined": account.quarantined,
        "state": account.state,
        "reason": account.reason,
        "contract": plan.contract.label,
        "model_hash": stamp.model_hash,
        "received_at": stamp.run_at,
        **more,
    }
    names = [name for name in TABLES["batch"].column_names() if name in values]
    lake.execute(
        f"INSERT INTO {lake.table('batch')} ({', '.join(map(identifier, names))}) VALUES ({', '.join(f'${name}' for name in names)})",
        {name: values[name] for name in names},
    )


def _replace_refused(lake: Lake, account: Account) -> None:
    """A delivery that comes again takes the place of its refused self: same bytes, or the same name with mended bytes."""
    batch = lake.table("batch")
    same = {"batch": account.batch_id}
    for table in ("batch", "batch_exclusion", "contract_result", "quarantine_row"):
        if table == "batch" and not lake.rows(f"SELECT 1 FROM {batch} WHERE batch_id = $batch", same):
            break
        lake.execute(f"DELETE FROM {lake.table(table)} WHERE batch_id = $batch", same)
    if account.state == TAKEN:
        lake.execute(
            f"UPDATE {batch} SET state = '{REPLACED}' WHERE source = $source AND entity = $entity AND delivery = $delivery "
            f"AND state = '{REFUSED}'",
            {"source": account.source, "entity": account.entity, "delivery": account.delivery},
        )


def _write_outcomes(lake: Lake, plan: EntityPlan, batch_id: str, outcomes: tuple[RuleOutcome, ...], number: int | None) -> None:
    """Writes down what each rule found: the contract's, then those that the mapping adds."""
    told = {outcome.rule: outcome for outcome in outcomes}
    if number is not None:
        for rule, count in lake.rows(
            "SELECT rule, count(*) FROM (SELECT unnest(string_split(_rules, '; ')) AS rule FROM mapped "
            "WHERE _delivery = $number AND _rules IS NOT NULL) AS held GROUP BY rule",
            {"number": number},
        ):
            told.setdefault(str(rule), RuleOutcome(str(rule), "quarantine", int(count)))
    rows = [told[rule] for rule in sorted(told)]
    columns = ("batch_id", "rule", "severity", "failed", "enforced")
    lake.insert("contract_result", columns, [(batch_id, row.rule, row.severity, row.failed, row.enforced) for row in rows])


def _hold(lake: Lake, plan: EntityPlan, judged: Judged, number: int, batch_id: str) -> int:
    """Writes the held rows down with payload and rules; answers how many."""
    table = lake.table("quarantine_row")
    columns = ", ".join(identifier(name) for name in TABLES["quarantine_row"].column_names())
    named = {
        "batch": batch_id,
        "source": plan.source,
        "entity": plan.entity.id,
        "delivery": judged.delivery.name,
    }
    where = "FROM mapped WHERE _delivery = $number AND _rules IS NOT NULL"
    count = int(lake.rows(f"SELECT count(*) {where}", {"number": number})[0][0])
    if count:
        where_from = place(plan, "mapped")
        placed = ", ".join(where_from[name] for name in ("document_key", "scope", "data_on"))
        lake.execute(
            f"INSERT INTO {table} ({columns}) SELECT $batch, $source, $entity, $delivery, _row, _key, "
            f"array_to_string(list_sort(list_distinct(string_split(_rules, '; '))), '; '), _payload, {where_from['value_amount']}, _currency, {placed} "
            f"{where}",
            {**named, "number": number},
        )
    if judged.rejected:
        lake.execute(
            f"INSERT INTO {table} ({columns}) SELECT $batch, $source, $entity, $delivery, _row, NULL, rules, payload, NULL, NULL, "
            "NULL, NULL, NULL "
            f"FROM {judged.rejected}",
            named,
        )
        lake.execute(f"DROP TABLE {judged.rejected}")
    return count + judged.rejected_rows
