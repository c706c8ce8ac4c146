"""A run: take in what the sources deliver, fold, replay, measure; one source, one commit; then derive the tasks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from charter.app.check import broken, first_of
from charter.app.codes import APP004, APP005
from charter.app.derive import News, derive_after
from charter.app.engine import measure_facts, measure_rest, refuse_engine, spark_place
from charter.app.findings import as_dict as finding_as_dict
from charter.app.project import Advance, Project, bound, now, silent
from charter.app.pseudonyms import key_for
from charter.errors import Finding, nearest_hint
from charter.intake.account import REFUSED, Account
from charter.intake.again import Again, retakable
from charter.intake.declare import declared
from charter.intake.take import pending, prepare, silent_patterns, take
from charter.model.model import Model
from charter.performance.measure import prepare as lay_out
from charter.performance.measure import rebuild
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_beside


@dataclass(frozen=True)
class AccountLine:
    """The account of one delivery: received = accepted + unchanged + superseded + excluded + quarantined.

    `waived` tells of the rows that were not held: rule, waiver, and how many broke the one and passed by the other.
    """

    source: str
    entity: str
    delivery: str
    batch_id: str
    received: int
    accepted: int
    unchanged: int
    superseded: int
    excluded: int
    quarantined: int
    balances: bool
    excluded_by_reason: tuple[tuple[str, int], ...]
    refused_because: str | None
    deliveries: int = 1
    waived: tuple[tuple[str, str, int], ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """Answers the counts in the order in which they are shown."""
        return (self.received, self.accepted, self.unchanged, self.superseded, self.excluded, self.quarantined)


@dataclass(frozen=True)
class RunReport:
    """What a run did: the account of each delivery, the model in force, and the snapshot that it left."""

    accounts: tuple[AccountLine, ...]
    findings: tuple[Finding, ...]
    known: int
    model_hash: str
    snapshot: int
    revision: int | None = None
    tasks: News | None = None

    @property
    def received(self) -> int:
        """Answers how many source rows came."""
        return sum(line.received for line in self.accounts)

    @property
    def quarantined(self) -> int:
        """Answers how many of them are held."""
        return sum(line.quarantined for line in self.accounts)

    @property
    def refused(self) -> bool:
        """Answers whether a delivery was refused as a whole."""
        return any(line.refused_because for line in self.accounts)

    def by_entity(self) -> tuple[AccountLine, ...]:
        """Answers one account for each entity of a source: the sums of those of its deliveries."""
        found: dict[tuple[str, str], list[AccountLine]] = {}
        for line in self.accounts:
            found.setdefault((line.source, line.entity), []).append(line)
        return tuple(_summed(lines) for lines in found.values())

    def findings_alike(self) -> tuple[tuple[Finding, int], ...]:
        """Answers the findings, those of several deliveries that say the same once, with how many more there are."""
        found: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            where = finding.origin.file if finding.origin else ""
            found.setdefault((finding.code, finding.message.replace(where, "")), []).append(finding)
        return tuple((many[0], len(many) - 1) for many in found.values())

    def in_words(self) -> str:
        """Answers the run in one line."""
        deliveries = f"{len(self.accounts):,} new {'delivery' if len(self.accounts) == 1 else 'deliveries'}"
        known = f" ({self.known:,} known already)" if self.known else ""
        if not self.accounts:
            return f"no new delivery{known}"
        held = f"; {self.quarantined:,} held: `charter quarantine list`" if self.quarantined else ""
        return f"{deliveries}{known}; {self.received:,} {'row' if self.received == 1 else 'rows'} received{held}"

    def as_dict(self) -> dict[str, Any]:
        """Answers the report as a plain mapping."""
        return {
            "accounts": [asdict(line) for line in self.accounts],
            "findings": [finding_as_dict(finding) for finding in self.findings],
            "received": self.received,
            "quarantined": self.quarantined,
            "model": self.model_hash,
            "revision": self.revision,
            "snapshot": self.snapshot,
            "tasks": self.tasks.as_dict() if self.tasks else None,
        }


def _summed(lines: Sequence[AccountLine]) -> AccountLine:
    first = lines[0]
    reasons: Counter[str] = Counter()
    waived: Counter[tuple[str, str]] = Counter()
    for line in lines:
        reasons.update(dict(line.excluded_by_reason))
        waived.update({(rule, waiver): rows for rule, waiver, rows in line.waived})
    received, accepted, unchanged, superseded, excluded, quarantined = (
        sum(column) for column in zip(*(line.counts for line in lines), strict=True)
    )
    return AccountLine(
        first.source, first.entity, f"{len(lines)} deliveries", first.batch_id, received, accepted, unchanged, superseded,
        excluded, quarantined, all(line.balances for line in lines), tuple(sorted(reasons.items())), None, len(lines),
        tuple((*named, count) for named, count in sorted(waived.items())),
    )  # fmt: skip


def run(
    project: Project,
    *,
    only: Sequence[str] = (),
    again: bool = False,
    wait_seconds: float = 30,
    advance: Advance = silent,
    at: datetime | None = None,
    on_phase: Callable[[str], None] | None = None,
) -> RunReport:
    """Takes in the named sources (else all) and measures; answers the account of every source row.

    With `again`, deliveries of files that were taken in before are read once more, by the contracts and mappings of today.

    Raises:
        ContentError: the documents that a run stands on have errors; nothing was taken in.
        UnavailableError: another run holds the lake, the disk is full, a database went away.
    """
    project = bound(project)
    moment = at or now()
    model = project.model(moment.astimezone(ZoneInfo(project.workspace.settings.time_zone)).date())
    names = _wanted(model, only)
    if errors := broken(project, model.as_of):
        raise APP004.exception(errors[0].origin, n=len(errors), hint=first_of(errors))
    refuse_engine(project)
    accounts: list[AccountLine] = []
    findings: list[Finding] = []
    with open_beside(
        project.store,
        holder="charter run",
        since=moment.isoformat(),
        wait_seconds=wait_seconds,
        reads=project.workspace.folders,
        kill_at=os.environ.get("CHARTER_KILL_AT"),
        on_phase=on_phase,
    ) as lake:
        with lake.transaction():
            lay_out(lake, model)
        known = 0
        for name in names:
            with lake.source(name, wait_seconds):
                taken = take_source(
                    lake, model, name, model_hash=project.workspace.manifest.hash, scratch=_scratch(project), moment=moment,
                    again=again, key=partial(key_for, project, moment), advance=advance, measure=partial(measure_facts, project),
                )  # fmt: skip
            accounts += taken.accounts
            findings += taken.findings
            known += taken.known
        if spark_place(project) is not None:
            measure_rest(project, lake, model, advance=advance)
        snapshot = lake.snapshot()
    if on_phase is not None:
        on_phase("tasks")
    news, problem = derive_after(project, moment)
    if problem is not None:
        findings.append(problem)
    return RunReport(
        tuple(accounts),
        tuple(findings),
        known,
        project.workspace.manifest.hash,
        snapshot,
        project.revision.seq if project.revision else None,
        news,
    )


def _wanted(model: Model, only: Sequence[str]) -> list[str]:
    known = [ref.full_name for ref in model.all_refs("Source")]
    for name in only:
        if name not in known:
            raise APP005.exception(name=name, near=nearest_hint(name, known, "`charter show Source` lists them"))
    return [name for name in known if not only or name in only]


@dataclass(frozen=True)
class SourceTaken:
    """What became of one source: its accounts, what there is to say, how many deliveries were known before, how many read again."""

    accounts: tuple[AccountLine, ...]
    findings: tuple[Finding, ...]
    known: int
    again: int


def take_source(
    lake: Lake,
    model: Model,
    name: str,
    *,
    model_hash: str,
    scratch: Path,
    moment: datetime,
    again: bool,
    key: Callable[[], str],
    advance: Advance = silent,
    measure: Callable[..., None] = rebuild,
) -> SourceTaken:
    """Takes one source in: read and judged outside of the transaction; merged, folded and measured inside it.

    `measure(lake, model, advance=...)` is what measures; see app/engine.py. `key` answers the key of pseudonyms, where people are told.
    """
    ref = next(ref for ref in model.all_refs("Source") if ref.full_name == name)
    source = declared(model, ref, environment=os.environ, scratch=scratch)
    if source.tells_people:
        source = replace(source, key=key())
    before = retakable(lake, source) if again else Again()
    names = {(one.entity, one.name) for one in before.deliveries}
    fresh = (one for one in pending(lake, source, model_hash=model_hash) if (one.entity, one.name) not in names)
    waiting = (*before.deliveries, *fresh)
    findings = [*silent_patterns(source), *before.findings]
    known = _count_known(lake, name)

    def tell(stage: str, delivery: str, rows: int) -> None:
        advance(f"{name}: {stage} {delivery}", rows, None, "rows")

    prepared = prepare(lake, source, waiting, run_at=moment, model_hash=model_hash, progress=tell, again=before)
    with lake.transaction():
        taken = take(lake, source, prepared, run_at=moment, model_hash=model_hash, progress=tell, again=before)
        lake.phase("cube")
        measure(lake, model, advance=advance)
    findings += taken.findings
    accounts = tuple(account_line(account) for account in taken.accounts)
    return SourceTaken(accounts, tuple(findings), known, len(before.deliveries))


def _count_known(lake: Lake, source: str) -> int:
    row = lake.one(f"SELECT count(*) FROM {lake.table('batch')} WHERE source = $source AND state = 'taken'", {"source": source})
    return int(row[0]) if row else 0


def _scratch(project: Project) -> Path:
    place = project.store.temp
    place.mkdir(parents=True, exist_ok=True)
    return place


def account_line(account: Account) -> AccountLine:
    """Answers the account of a delivery, as it is shown."""
    return AccountLine(
        account.source, account.entity, account.delivery, account.batch_id, account.received, account.accepted, account.unchanged,
        account.superseded, account.excluded, account.quarantined, account.balances, tuple(sorted(account.exclusions.items())),
        account.reason if account.state == REFUSED else None,
        waived=tuple((one.rule, one.waiver, one.rows) for one in account.waived),
    )  # fmt: skip
