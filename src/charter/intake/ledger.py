"""The account, written down: batches, what was left out, what rules found, and the rows that are held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from charter.errors import Finding
from charter.intake.account import REFUSED, REPLACED, TAKEN, Account, batch_id_of
from charter.intake.connectors.protocol import Delivery
from charter.intake.merge import ALIVE, place
from charter.intake.plan import EntityPlan
from charter.intake.ratchet import Share
from charter.intake.stage import Judged, RuleOutcome
from charter.intake.value_sql import identifier
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_BATCH = TABLES["batch"].column_names()
OF_BATCHES = ("quarantine_row", "batch_exclusion", "contract_result", "waived_result", "ratchet_share", "batch")


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


def record_batches(lake: Lake, plan: EntityPlan, group: Sequence[Judged], batch_ids: Sequence[str], stamp: Stamp) -> list[Account]:
    """Writes merged deliveries down, by one statement for each table; answers their accounts. Reads `mapped` and `verdict`."""
    deliveries = [(at, batch, judged.delivery.name) for at, (batch, judged) in enumerate(zip(batch_ids, group, strict=True))]
    lake.load("recorded", {"_delivery": "INTEGER", "batch_id": "VARCHAR", "delivery": "VARCHAR"}, deliveries)
    counts = _Counts.read(lake, bool(plan.open_rules()))
    accounts = [_account(plan, judged, at, batch_ids[at], counts) for at, judged in enumerate(group)]
    _replace_refused(lake, plan, accounts)
    _hold(lake, plan, group, batch_ids)
    told = []
    for at, (account, judged) in enumerate(zip(accounts, group, strict=True)):
        first, last = counts.days[at]
        more = {
            "delivery_hash": judged.staged.sha256,
            "bytes": judged.staged.bytes,
            "cursor": judged.staged.cursor,
            "again_hash": judged.staged.again,
        }
        told.append(_row(plan, account, stamp, {**more, "data_from": first, "data_to": last}))
    lake.insert("batch", _BATCH, told)
    exclusions = [(one.batch_id, reason, rows) for one in accounts for reason, rows in one.exclusions.items()]
    lake.insert("batch_exclusion", ("batch_id", "reason", "rows"), exclusions)
    _write_outcomes(
        lake, [(batch_ids[at], _outcomes(judged, counts.rules.get(at, {}))) for at, judged in enumerate(group)]
    )  # fmt: skip
    _write_let_through(lake, plan, group, batch_ids)
    lake.execute("DROP TABLE recorded")
    return accounts


@dataclass(frozen=True, slots=True)
class _Counts:
    """What became of the mapped rows, by the number of their delivery."""

    held: Mapping[int, int]
    alive: Mapping[int, int]
    days: Mapping[int, tuple[date | None, date | None]]
    reasons: Mapping[int, Mapping[str, int]]
    verdicts: Mapping[int, Mapping[str, int]]
    rules: Mapping[int, Mapping[str, int]]

    @classmethod
    def read(cls, lake: Lake, opened: bool) -> _Counts:
        whole = lake.rows(
            "SELECT r._delivery, coalesce(m.held, 0), coalesce(m.alive, 0), m.first, m.last FROM recorded AS r LEFT JOIN ("
            f"SELECT _delivery, count(_rules) AS held, count(*) FILTER (WHERE {ALIVE}) AS alive, min(_day) FILTER (WHERE {ALIVE}) AS first, "
            f"max(_day) FILTER (WHERE {ALIVE}) AS last FROM mapped GROUP BY _delivery) AS m ON m._delivery = r._delivery"
        )
        reasons = "SELECT _delivery, _reason, count(*) FROM mapped WHERE _rules IS NULL AND _reason IS NOT NULL GROUP BY ALL ORDER BY 1, 2"
        told = "list_distinct(string_split(concat_ws('; ', _rules, _open), '; '))" if opened else "string_split(_rules, '; ')"
        rules = (
            f"SELECT _delivery, rule, count(*) FROM (SELECT _delivery, unnest({told}) AS rule FROM mapped "
            f"WHERE _rules IS NOT NULL{' OR _open IS NOT NULL' if opened else ''}) AS broken GROUP BY ALL ORDER BY 1, 2"
        )
        return cls(
            {int(row[0]): int(row[1]) for row in whole},
            {int(row[0]): int(row[2]) for row in whole},
            {int(row[0]): (row[3], row[4]) for row in whole},
            _by_delivery(lake, reasons),
            _by_delivery(lake, "SELECT _delivery, verdict, count(*) FROM verdict GROUP BY ALL"),
            _by_delivery(lake, rules),
        )


def _by_delivery(lake: Lake, query: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for delivery, name, count in lake.rows(query):
        found.setdefault(int(delivery), {})[str(name)] = int(count)
    return found


def _account(plan: EntityPlan, judged: Judged, at: int, batch_id: str, counts: _Counts) -> Account:
    verdicts, exclusions = counts.verdicts.get(at, {}), counts.reasons.get(at, {})
    unchanged, superseded = verdicts.get("unchanged", 0), verdicts.get("superseded", 0)
    return Account(
        batch_id=batch_id,
        source=plan.source,
        entity=plan.entity.id,
        delivery=judged.delivery.name,
        received=judged.received,
        accepted=counts.alive[at] - unchanged - superseded,
        unchanged=unchanged,
        superseded=superseded,
        excluded=sum(exclusions.values()),
        quarantined=counts.held[at] + judged.rejected_rows,
        state=TAKEN,
        exclusions=exclusions,
        findings=judged.findings,
        waived=judged.waived,
    )


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
    _replace_refused(lake, plan, [account])
    lake.insert("batch", _BATCH, [_row(plan, account, stamp, {"delivery_hash": refusal.sha256, "bytes": refusal.delivery.bytes})])
    _write_outcomes(lake, [(account.batch_id, refusal.outcomes)])
    return account


def _row(plan: EntityPlan, account: Account, stamp: Stamp, more: Mapping[str, Any]) -> list[Any]:
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
        "received_at": stamp.run_at.isoformat(),
        **more,
    }
    return [values.get(name) for name in _BATCH]


def _replace_refused(lake: Lake, plan: EntityPlan, accounts: Sequence[Account]) -> None:
    """A delivery that comes again takes the place of its refused self: same bytes, or the same name with mended bytes."""
    batch = lake.table("batch")
    known = lake.rows(
        f"SELECT batch_id, delivery, state FROM {batch} WHERE source = $source AND entity = $entity",
        {"source": plan.source, "entity": plan.entity.id},
    )
    mine = {account.batch_id for account in accounts}
    again = sorted({row[0] for row in known} & mine)
    names = {account.delivery for account in accounts if account.state == TAKEN}
    mended = sorted({row[0] for row in known if row[1] in names and row[2] == REFUSED} - mine)
    for table in OF_BATCHES if again else ():
        lake.execute(f"DELETE FROM {lake.table(table)} WHERE batch_id IN ({_marks(again)})", again)
    if mended:
        lake.execute(f"UPDATE {batch} SET state = '{REPLACED}' WHERE batch_id IN ({_marks(mended)})", mended)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)


def _outcomes(judged: Judged, mapped: Mapping[str, int]) -> tuple[RuleOutcome, ...]:
    """Answers what each rule found: the contract's, then those that the mapping adds."""
    told = {outcome.rule: outcome for outcome in judged.outcomes}
    for rule, count in mapped.items():
        told.setdefault(rule, RuleOutcome(rule, "quarantine", count))
    return tuple(told[rule] for rule in sorted(told))


def _write_outcomes(lake: Lake, found: Iterable[tuple[str, Iterable[RuleOutcome]]]) -> None:
    columns = ("batch_id", "rule", "severity", "failed", "enforced")
    rows = [(batch, one.rule, one.severity, one.failed, one.enforced) for batch, many in found for one in many]
    lake.insert("contract_result", columns, rows)


def _write_let_through(lake: Lake, plan: EntityPlan, group: Sequence[Judged], batch_ids: Sequence[str]) -> None:
    """Writes down which rows passed by a waiver, and what the ratchets found of each market."""
    passed = [
        (batch, one.rule, one.waiver, one.rows) for batch, judged in zip(batch_ids, group, strict=True) for one in judged.waived
    ]
    lake.insert("waived_result", ("batch_id", "rule", "waiver", "rows"), passed)
    shares = [
        (batch, plan.source, plan.entity.id, judged.delivery.name, *_share(one))
        for batch, judged in zip(batch_ids, group, strict=True)
        for one in judged.shares
    ]
    lake.insert("ratchet_share", TABLES["ratchet_share"].column_names(), shares)


def _share(one: Share) -> tuple[Any, ...]:
    best = (one.mark.failed, one.mark.rows, one.mark.delivery, one.mark.at) if one.mark else (None,) * 4
    return (
        one.rule, one.scope, one.failed, one.rows, one.counted_failed, one.counted_rows, one.counts, one.worse, one.held, *best,
        one.came.at, one.came.position,
    )  # fmt: skip


def _hold(lake: Lake, plan: EntityPlan, group: Sequence[Judged], batch_ids: Sequence[str]) -> None:
    """Writes the held rows down with payload and rules."""
    table = lake.table("quarantine_row")
    columns = ", ".join(identifier(name) for name in TABLES["quarantine_row"].column_names())
    named = {"source": plan.source, "entity": plan.entity.id}
    if lake.rows("SELECT 1 FROM mapped WHERE _rules IS NOT NULL LIMIT 1"):
        where_from = place(plan, "m")
        placed = ", ".join(where_from[name] for name in ("document_key", "scope", "data_on"))
        lake.execute(
            f"INSERT INTO {table} ({columns}) SELECT r.batch_id, $source, $entity, r.delivery, m._row, m._key, "
            "array_to_string(list_sort(list_distinct(string_split(m._rules, '; '))), '; '), m._payload, "
            f"{where_from['value_amount']}, {where_from['currency']}, {placed}, m._version, NULL, {where_from['root_key']} "
            "FROM mapped AS m JOIN recorded AS r ON r._delivery = m._delivery WHERE m._rules IS NOT NULL",
            named,
        )
    for judged, batch_id in zip(group, batch_ids, strict=True):
        if judged.rejected:
            lake.execute(
                f"INSERT INTO {table} ({columns}) SELECT $batch, $source, $entity, $delivery, _row, NULL, rules, payload, "
                f"NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM {judged.rejected}",
                {**named, "batch": batch_id, "delivery": judged.delivery.name},
            )
            lake.execute(f"DROP TABLE {judged.rejected}")
