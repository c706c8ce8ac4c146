"""Taking deliveries in: what is pending, what is prepared before the transaction, what the transaction does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from charter.errors import Finding
from charter.intake.account import TAKEN, Account
from charter.intake.again import Again, forget_batches, keep_times
from charter.intake.billing import bill, is_billing
from charter.intake.codes import INT040
from charter.intake.connectors.codes import INT001, INT008
from charter.intake.connectors.protocol import Delivery, Reach, connector_for
from charter.intake.fold import fold
from charter.intake.held import note_held, settle
from charter.intake.known import batch_ids, is_known, newest_batches, stands
from charter.intake.ledger import Refusal, Stamp, record_batches, record_refusal
from charter.intake.let_through import let_through
from charter.intake.mapped import Group, lay_out_scopes, map_deliveries
from charter.intake.marks import Marks, arrivals
from charter.intake.merge import forget, merge
from charter.intake.plan import EntityPlan
from charter.intake.ratchet import Arrival
from charter.intake.reconciliation import note_mapped_months, reconcile
from charter.intake.refusal import DeliveryRefused, refused
from charter.intake.source_plan import SourcePlan
from charter.intake.stage import Judged, judge
from charter.intake.target import TARGETS

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

Progress = Callable[[str, str, int], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Deliveries judged by their contracts and mapped, in temporary tables, by entity; nothing is taken in yet."""

    groups: Mapping[str, tuple[Group, ...]]
    refusals: tuple[tuple[str, Refusal], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in: an account per delivery. What it touched stands in touched_order, _case and _cell."""

    accounts: tuple[Account, ...] = ()
    findings: tuple[Finding, ...] = ()


def pending(lake: Lake, source: SourcePlan, *, model_hash: str) -> tuple[Delivery, ...]:
    """Answers the deliveries that are not known yet, in their order. A refused one waits for another model."""
    newest = newest_batches(lake, source.name)
    reach = _with_cursors(lake, source)
    found = []
    for plan in source.entities:
        connector, entity = connector_for(plan.connection.type), plan.entity.id
        for delivery in connector.deliveries(plan, reach):
            digest = connector.known_hash(delivery) if (entity, delivery.name) in newest else None
            if digest is None or not is_known(newest, entity, delivery.name, digest, model_hash):
                found.append(delivery)
    return tuple(found)


def silent_patterns(source: SourcePlan) -> tuple[Finding, ...]:
    """Answers a finding for each entity of files that finds none."""
    return tuple(
        INT001.finding(source=source.name, pattern=", ".join(plan.entity.files))
        for plan in source.entities
        if plan.entity.files and not connector_for(plan.connection.type).deliveries(plan, source.reach)
    )


def prepare(
    lake: Lake,
    source: SourcePlan,
    deliveries: Iterable[Delivery],
    *,
    run_at: datetime,
    model_hash: str,
    progress: Progress | None = None,
    again: Again | None = None,
) -> Prepared:
    """Answers the deliveries read, judged and mapped, outside of any transaction. UnavailableError where the world fails.

    They come with the run of `run_at`; those that are taken in `again` came when they came.

    A table that holds what it held last time is left out, if it is not to be taken in `again`.
    """
    tell = progress or _silent
    wanted = list(deliveries)
    groups: dict[str, tuple[Group, ...]] = {}
    refusals: list[tuple[str, Refusal]] = []
    reach = _with_cursors(lake, source)
    newest = newest_batches(lake, source.name)
    standing = {(one.entity, one.delivery) for one in again.batches} if again else set()
    lay_out_scopes(lake, source)
    number = 0
    for plan in source.entities:
        done: list[Judged] = []
        for delivery in wanted:
            if delivery.entity != plan.entity.id:
                continue
            number += 1
            tell("copy", delivery.name, 0)
            try:
                done.append(_prepared(lake, plan, delivery, reach, number))
                tell("contract", delivery.name, done[-1].received)
            except DeliveryRefused as refusal:
                refusals.append((plan.entity.id, _refusal(plan, delivery, refusal)))
        fresh = [
            one
            for one in done
            if (plan.entity.id, one.delivery.name) in standing or not stands(newest, plan.entity.id, one, model_hash)
        ]

        def refuse(judged: Judged, refusal: DeliveryRefused, plan: EntityPlan = plan) -> None:
            told = (refusal.received, refusal.finding, refusal.reason, judged.outcomes)
            refusals.append((plan.entity.id, Refusal(judged.delivery, judged.staged.sha256, *told)))

        mapped = map_deliveries(lake, plan, fresh, refuse)
        names = [one.name for one in wanted if one.entity == plan.entity.id]
        came = arrivals(lake, plan, names, run_at, again.came(plan.entity.id) if again else {})
        unread = {(entity, one.delivery.name) for entity, one in refusals}
        retaken = [one.batch_id for one in again.without(unread).batches] if again else []
        marks = Marks.read(lake, plan, min(came.values(), default=Arrival(run_at, 0)), retaken)
        groups[plan.entity.id] = let_through(lake, plan, mapped, came, marks, source.time_zone)
    return Prepared(groups, tuple(refusals))


def _prepared(lake: Lake, plan: EntityPlan, delivery: Delivery, reach: Reach, number: int) -> Judged:
    lake.phase("copy")
    staged = connector_for(plan.connection.type).stage(plan, delivery, reach)
    try:
        lake.phase("contract")
        result = judge(lake, plan, delivery, staged, number)
    finally:
        for copy in staged.copies:
            copy.unlink(missing_ok=True)
    if not staged.unchanged():
        raise refused(INT008, delivery.name, received=result.received)
    return result


def _refusal(plan: EntityPlan, delivery: Delivery, refusal: DeliveryRefused) -> Refusal:
    digest = connector_for(plan.connection.type).known_hash(delivery) or ""
    return Refusal(delivery, digest, refusal.received, refusal.finding, refusal.reason, tuple(refusal.outcomes))


def take(
    lake: Lake,
    source: SourcePlan,
    prepared: Prepared,
    *,
    run_at: datetime,
    model_hash: str,
    progress: Progress | None = None,
    again: Again | None = None,
) -> Taken:
    """Merges prepared deliveries into the canonical tables and folds the root orders that they touch.

    `again` are the batches among them that were taken in before: what they brought goes first. One that could not be read now
    stays as it is, and only its finding is told.

    The caller owns the transaction. Leaves the temporary tables touched_order, touched_case and touched_cell.
    """
    tell = progress or _silent
    lake.phase("merge")
    _make_room(lake)
    stamp = Stamp(run_at, model_hash)
    plans = {plan.entity.id: plan for plan in source.entities}
    accounts: list[Account] = []
    standing = {(one.entity, one.delivery) for one in again.batches} if again else set()
    unread = {(entity, refusal.delivery.name): refusal for entity, refusal in prepared.refusals} if standing else {}
    retaken = again.without(unread).batches if again else ()
    forget_batches(lake, plans, retaken)
    accounts += _merge_all(lake, source, prepared, stamp, tell)
    for entity, refusal in prepared.refusals:
        if (entity, refusal.delivery.name) in standing:
            continue
        accounts.append(record_refusal(lake, plans[entity], refusal, stamp))
    lake.phase("reconcile")
    reconcile(lake, source.name, source.entities, whole=bool(retaken))
    lake.phase("held")
    note_held(lake, source.name, source.entities)
    keep_times(lake, retaken)
    told = [finding for account in accounts for finding in account.findings]
    told += [refusal.finding for name, refusal in unread.items() if name in standing]
    return Taken(tuple(accounts), tuple(told))


def _merge_all(lake: Lake, source: SourcePlan, prepared: Prepared, stamp: Stamp, tell: Progress) -> list[Account]:
    """Merges all groups, folds the orders that they touch, and fills the invoice lines again that those concern.

    Invoices come last: the orders of this run that they bill are folded then, and they are written once.
    """
    accounts: list[Account] = []

    def merge_those(plans: Iterable[EntityPlan]) -> None:
        for plan in plans:
            for group in prepared.groups.get(plan.entity.id, ()):
                accounts.extend(_merge_group(lake, plan, group, stamp))
                for judged in group.deliveries:
                    tell("merge", judged.delivery.name, judged.received)

    billing = [plan for plan in source.entities if _bills(plan)]
    merge_those(plan for plan in source.entities if plan not in billing)
    tell("fold", source.name, 0)
    lake.phase("fold")
    fold(lake)
    merge_those(billing)
    if any(len(plan.entity.targets) > 1 for plan in billing):
        fold(lake)
    bill(lake)
    return accounts


def _bills(plan: EntityPlan) -> bool:
    return any(is_billing(TARGETS[name]) for name in plan.entity.targets)


def _merge_group(lake: Lake, plan: EntityPlan, group: Group, stamp: Stamp) -> list[Account]:
    ids = batch_ids(lake, plan, group.deliveries)
    lake.execute(f"CREATE OR REPLACE TEMP VIEW mapped AS SELECT * FROM {group.table}")
    note_mapped_months(lake, plan)
    merge(lake, plan, ids)
    accounts = record_batches(lake, plan, group.deliveries, ids, stamp)
    settle(lake, plan)
    for account in accounts:
        if not account.balances:
            raise INT040.exception(delivery=account.delivery, received=account.received, told=account.accounted_for)
    forget(lake)
    lake.execute(f"DROP TABLE {group.table}")
    return accounts


def _make_room(lake: Lake) -> None:
    """Empties the tables that tell the next floors what was touched."""
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_order (root_key VARCHAR)")
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_case (case_key VARCHAR)")
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_month (month DATE)")
    lake.execute("CREATE OR REPLACE TEMP TABLE touched_cell (fact VARCHAR, scope VARCHAR, day DATE)")


def _with_cursors(lake: Lake, source: SourcePlan) -> Reach:
    """Answers what the source may reach, with the cursor that the newest taken batch of each entity left.

    Cursors are texts: of batches of one instant the longer counts, for 10 comes after 9.
    """
    known = lake.rows(
        f"SELECT entity, max_by(cursor, row(received_at, length(cursor), cursor)) FROM {lake.table('batch')} WHERE source = $source AND state = '{TAKEN}' "
        "AND cursor IS NOT NULL GROUP BY entity",
        {"source": source.name},
    )
    return replace(source.reach, cursors={str(entity): str(cursor) for entity, cursor in known})


def _silent(stage: str, delivery: str, rows: int) -> None:
    del stage, delivery, rows
