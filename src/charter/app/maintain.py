"""Keeping the lake small: compaction, expiry, old files, orphans; and the proof that nothing was lost by it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from charter.app.codes import APP030
from charter.app.engine import refuse_behind
from charter.app.project import Advance, Project, now, silent
from charter.app.wording import counted
from charter.errors import CharterError
from charter.performance.closing.closed_cube import Recount, recount
from charter.performance.closing.store import closings
from charter.warehouse import inventory, upkeep
from charter.warehouse.codes import WHS002, WHS005, WHS014, WHS015, WHS016, WHS026
from charter.warehouse.content import Content, content
from charter.warehouse.inventory import Files, Lying
from charter.warehouse.lake import Lake
from charter.warehouse.opening import holding, open_held, open_reader
from charter.warehouse.restore_point import Recorded, restore_point
from charter.warehouse.spill import remove_leftovers
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES
from charter.warehouse.turn import Locks, alone

Watch = Callable[[Project, Lake], Mapping[str, object]]
"""Facts by name that must be the same before and after, such as each closed number counted anew."""


def closed_numbers(project: Project, lake: Lake) -> Mapping[str, object]:
    """Answers every closed number, worked out anew from the closed tables alone."""
    del project
    return {
        f"{one.metric} at {one.scope} for {one.period} (close {act.close_id})": one
        for act in closings(lake)
        for one in recount(lake, act)
    }


WATCHES: tuple[Watch, ...] = (closed_numbers,)
"""What is watched beside the tables. Whoever adds a fact that maintenance must not move adds it here."""

KEEP_DAYS = 7
YOUNG = timedelta(days=1)
"""Younger orphans may be a writer's that has not committed yet; and no reader stays open for so long."""
TARGET_BYTES = 512 << 20
"""Up to here DuckLake writes rows into one file."""
READERS_SECONDS = 10.0


@dataclass(frozen=True)
class TableUpkeep:
    """The live files of one table and their bytes, before and after (in a dry run: about what will be)."""

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True)
class MaintainReport:
    """What was done to the lake, or in a dry run would be."""

    dry_run: bool
    tables: tuple[TableUpkeep, ...]
    snapshots_before: int
    snapshots_after: int
    expired: int
    old_files: int
    orphans: tuple[str, ...]
    leftovers: int
    disk_before: int
    disk_after: int
    readers_open: bool
    compared: int
    closed: int
    differing: tuple[str, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Answers the report as a plain mapping."""
        return asdict(self)

    def in_words(self) -> str:
        """Answers the report in one line."""
        before, after = (sum(getattr(one, name) for one in self.tables) for name in ("files_before", "files_after"))
        gone = ((self.old_files, "old file"), (len(self.orphans), "orphan"), (self.leftovers, "leftover"))
        deleted = ", ".join(counted(count, name) for count, name in gone if count)
        parts = [f"files {before:,}, {'about ' if self.dry_run else 'now '}{after:,}{' then' if self.dry_run else ''}"]
        parts += [f"{'would expire' if self.dry_run else 'expired'} {counted(self.expired, 'snapshot')}"] * bool(self.expired)
        parts += [f"{'would delete' if self.dry_run else 'deleted'} {deleted}"] * bool(deleted)
        return "; ".join(parts)


@dataclass(frozen=True)
class _Seen:
    """What the lake holds: each table, and what else is watched."""

    tables: Mapping[str, Content]
    facts: Mapping[str, object]

    def differs_from(self, before: _Seen) -> str:
        """Answers what is other than before, in words; empty where nothing is."""
        told = [_told(name, one, self.tables.get(name)) for name, one in before.tables.items() if self.tables.get(name) != one]
        told += [
            f"{name} was {one}, is {self.facts.get(name)}" for name, one in before.facts.items() if self.facts.get(name) != one
        ]
        return "; ".join(told)


def _told(name: str, before: Content, after: Content | None) -> str:
    rows = after.rows if after else 0
    return f"{name} held {before.rows:,} rows and holds {rows:,}" if rows != before.rows else f"rows of {name} are others"


def maintain(
    project: Project,
    *,
    keep_days: int = KEEP_DAYS,
    dry_run: bool = False,
    young: timedelta = YOUNG,
    wait_seconds: float = 30,
    readers_seconds: float = READERS_SECONDS,
    advance: Advance = silent,
    at: datetime | None = None,
    watches: Sequence[Watch] = WATCHES,
    on_phase: Callable[[str], None] | None = None,
) -> MaintainReport:
    """Compacts each table, expires old snapshots, deletes what no snapshot needs; answers what there was and is.

    Every table is compared before and after, and no data file is deleted before they were found equal.

    Args:
        project: the workspace.
        keep_days: snapshots younger than this stay; 0: only the newest.
        dry_run: only say what would be done.
        young: orphans and leftovers younger than this stay.
        wait_seconds: how long to wait for another writer.
        readers_seconds: how long to wait for readers; where they go on, what they may read stays until the next time.
        advance: is told the progress.
        at: the instant; else now.
        watches: what must be the same before and after, beside the tables.
        on_phase: is told each phase.

    Raises:
        UsageError: there is no lake yet.
        UnavailableError: WHS014, something differed, and the lake was put back; WHS001, another process writes.
    """
    if keep_days < 0:
        raise APP030.exception(days=keep_days)
    store, moment = project.store, at or now()
    if not store.exists():
        raise WHS002.exception(folder=store.place)
    before = moment - timedelta(days=keep_days) if keep_days else moment + YOUNG
    limits = _Limits(before, moment - young, moment - YOUNG, readers_seconds)
    if dry_run:
        return _foreseen(store, limits)
    begin = time.monotonic()
    with holding(store, holder="charter maintain", since=moment.isoformat(), wait_seconds=wait_seconds) as locks:
        _judge_stopped(store, locks)
        work = _Work(project, store, locks, limits, advance, watches, on_phase)
        report = work.done()
    return replace(report, seconds=round(time.monotonic() - begin, 3))


@dataclass(frozen=True)
class _Limits:
    """Snapshots and orphans older than these instants go; with readers open, only what is older than any of them."""

    snapshots: datetime
    orphans: datetime
    readers: datetime
    readers_seconds: float


@dataclass(frozen=True)
class _Work:
    project: Project
    store: Store
    locks: Locks | None
    limits: _Limits
    advance: Advance
    watches: Sequence[Watch]
    on_phase: Callable[[str], None] | None

    def done(self) -> MaintainReport:
        """Does it all, under the writer's lock."""
        with self._opened() as lake:
            refuse_behind(lake)
        point = restore_point(self.store)
        point.take()
        with self._opened() as lake:
            before, files, snapshots = (
                self._seen(lake, "before"),
                inventory.by_table(inventory.named(lake)),
                inventory.snapshot_count(lake),
            )
            disk = _size(inventory.lying(lake, self.store))
            point.note(Recorded(lake.snapshot(), before.tables))
            merged_all = self._compact(lake, files)
            expired, expired_all = self._expire(lake, merged_all)
            lake.phase("compare")
            differs = self._seen(lake, "after").differs_from(before)
            if not differs:
                point.drop()
                old, orphans = self._delete(lake)
                left = inventory.by_table(inventory.named(lake))
                now_held = inventory.snapshot_count(lake)
                disk_left = _size(inventory.lying(lake, self.store))
        if differs:
            point.put_back()
            point.drop()
            raise WHS014.exception(what=differs)
        self._prove(before)
        gone = remove_leftovers(inventory.leftovers(self.store, self.limits.orphans))
        return MaintainReport(
            False, _tables(files, left), snapshots, now_held, expired, old[0], orphans, gone, disk, disk_left,
            not (merged_all and expired_all and old[1]), len(before.tables), *_recounted(before), 0.0,
        )  # fmt: skip

    @contextmanager
    def _opened(self) -> Iterator[Lake]:
        with open_held(self.store, kill_at=os.environ.get("CHARTER_KILL_AT"), on_phase=self.on_phase, locks=self.locks) as lake:
            yield lake

    def _seen(self, lake: Lake, when: str) -> _Seen:
        tables = {}
        for done, name in enumerate(TABLES, 1):
            tables[name] = content(lake, name)
            self.advance(f"comparing: {when}", done, len(TABLES), "tables")
        return _Seen(tables, {key: value for watch in self.watches for key, value in watch(self.project, lake).items()})

    def _compact(self, lake: Lake, files: Mapping[str, Files]) -> bool:
        """Answers whether each table was merged: not while readers are open, and they are waited for once."""
        due = [name for name, one in files.items() if name in TABLES and one.count > 1]
        merged_all = True
        for done, name in enumerate(due, 1):
            if files[name].deletes:
                upkeep.rewrite(lake, name)
            with alone(self.store, self.limits.readers_seconds if merged_all else 0) as is_alone:
                if is_alone:
                    upkeep.merge(lake, name)
            merged_all = merged_all and is_alone
            self.advance("compacting", done, len(due), "tables")
        return merged_all

    def _expire(self, lake: Lake, patient: bool) -> tuple[int, bool]:
        """Answers how many went, and whether that is all that is due: a reader whose snapshot goes reads other rows, without a word."""
        lake.phase("expire")
        with alone(self.store, self.limits.readers_seconds if patient else 0) as is_alone:
            gone = upkeep.expire(lake, self.limits.snapshots if is_alone else min(self.limits.snapshots, self.limits.readers))
        lake.phase("expired")
        return gone, is_alone

    def _delete(self, lake: Lake) -> tuple[tuple[int, bool], tuple[str, ...]]:
        lake.phase("delete")
        with alone(self.store, self.limits.readers_seconds) as is_alone:
            old = upkeep.delete_old(lake, None if is_alone else self.limits.readers)
        lake.phase("orphans")
        orphans = upkeep.delete_orphans(lake, self.store, self.limits.orphans)
        lake.phase("deleted")
        return (len(old), is_alone), tuple(sorted(upkeep.below(self.store, place) for place in orphans))

    def _prove(self, before: _Seen) -> None:
        """By a reader of its own, which has nothing in its buffers of the files that are gone."""
        with open_reader(self.store) as lake:
            if differs := self._seen(lake, "without the old files").differs_from(before):
                raise WHS016.exception(what=differs)


def _recounted(seen: _Seen) -> tuple[int, tuple[str, ...]]:
    """How many closed numbers were worked out anew, and those that do not follow from their cells any more."""
    found = [one for one in seen.facts.values() if isinstance(one, Recount)]
    return len(found), tuple(str(one) for one in found if not one.holds)


def _judge_stopped(store: Store, locks: Locks | None) -> None:
    """Compares what a maintenance that was stopped left with what it had recorded; puts it back where it differs."""
    point = restore_point(store)
    recorded = point.read()
    if recorded is None:
        return
    with open_held(store, locks=locks) as lake:
        version, is_newest = upkeep.newest_of_maintenance(lake, recorded.snapshot)
        differs = _differs(lake, recorded, version)
    if differs and not is_newest:
        raise WHS015.exception(what=differs, copy=point.told)
    if differs:
        point.put_back()
    point.drop()
    if differs:
        raise WHS014.exception(what=differs)


def _differs(lake: Lake, recorded: Recorded, version: int) -> str:
    """Answers what a snapshot holds that is other than recorded; a file that cannot be read is told as such."""
    try:
        found = {name: content(lake, name, version) for name in recorded.tables if name in TABLES}
    except CharterError as error:
        if error.code not in (WHS005.code, WHS026.code):
            raise
        return error.message
    return _Seen(found, {}).differs_from(_Seen({name: recorded.tables[name] for name in found}, {}))


def _tables(before: Mapping[str, Files], after: Mapping[str, Files]) -> tuple[TableUpkeep, ...]:
    none = Files()
    return tuple(
        TableUpkeep(name, old.count, after.get(name, none).count, old.size, after.get(name, none).size)
        for name, old in before.items()
    )


def _foreseen(store: Store, limits: _Limits) -> MaintainReport:
    with open_reader(store) as lake:
        known = inventory.named(lake)
        files = inventory.by_table(known)
        after = {
            name: Files(max(1, -(-one.size // TARGET_BYTES)) if one.count > 1 else one.data, 0, one.size)
            for name, one in files.items()
        }
        snapshots, old = inventory.snapshot_count(lake), inventory.scheduled(lake)
        stale = upkeep.expirable(lake, limits.snapshots)
        there = inventory.lying(lake, store)
        orphans = [one for one in inventory.orphans(lake, there, known) if one.written < limits.orphans.timestamp()]
    left = inventory.leftovers(store, limits.orphans)
    disk = _size(there)
    freed = _size([*orphans, *(one for one in there if one.place in set(old))])
    return MaintainReport(
        True, _tables(files, after), snapshots, snapshots - stale, stale, len(old),
        tuple(one.place for one in orphans), len(left), disk, disk - freed, False, 0, 0, (), 0.0,
    )  # fmt: skip


def _size(found: Iterable[Lying]) -> int:
    return sum(one.size for one in found)
