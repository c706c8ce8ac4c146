"""The steps that keep a lake small, by DuckLake's own functions; each commits by itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from charter.warehouse.codes import WHS013
from charter.warehouse.inventory import CATALOG, named
from charter.warehouse.lake import Lake
from charter.warehouse.store import Store


def rewrite(lake: Lake, name: str) -> None:
    """Writes the files of a table that have deletions anew, without the rows that were deleted: DuckLake merges none that has.

    Readers of older snapshots keep the files that they know.
    """
    lake.table(name)  # refuses what is no table of the registry
    lake.phase("rewrite")
    lake.rows(f"CALL ducklake_rewrite_data_files('lake', '{name}', schema => 'main', delete_threshold => 0.0)")


def merge(lake: Lake, name: str) -> None:
    """Writes adjacent files of a table together, up to 512 MB each; older snapshots read the merged file, each its rows.

    To be called while no reader is open: the catalog's rows of the old files go at once, and a reader that had looked at the
    catalog before finds neither them nor the new ones. It would read an empty table, without an error.
    """
    lake.table(name)
    lake.phase("merge")
    lake.rows(f"CALL ducklake_merge_adjacent_files('lake', '{name}', schema => 'main')")


def expire(lake: Lake, before: datetime) -> int:
    """Forgets the snapshots older than that instant; answers how many. The newest one always stays.

    To be called while no reader is open that may be at one of them: it would read other rows, without an error.
    """
    return len(lake.rows(f"CALL ducklake_expire_snapshots('lake', older_than => {_instant(before)})"))


def expirable(lake: Lake, before: datetime) -> int:
    """Answers how many snapshots `expire` would forget."""
    row = lake.one(
        f"SELECT count(*) FROM {CATALOG}.ducklake_snapshot WHERE CAST(snapshot_time AS TIMESTAMPTZ) < {_instant(before)} "
        f"AND snapshot_id < (SELECT max(snapshot_id) FROM {CATALOG}.ducklake_snapshot)"
    )
    return int(row[0]) if row else 0


def delete_old(lake: Lake, before: datetime | None) -> tuple[str, ...]:
    """Deletes the files that no snapshot needs: all, or those that no snapshot needs since before that instant."""
    which = "cleanup_all => true" if before is None else f"older_than => {_instant(before)}"
    return tuple(row[0] for row in lake.rows(f"CALL ducklake_cleanup_old_files('lake', {which})"))


def delete_orphans(lake: Lake, store: Store, before: datetime) -> tuple[str, ...]:
    """Deletes the files older than that instant which the catalog does not know.

    They are listed first, and nothing is deleted where the list names a file that the catalog does know: an older DuckLake
    took files for orphans that were none, by the way in which a path was written.
    """
    call = "CALL ducklake_delete_orphaned_files('lake', dry_run => {}, older_than => " + _instant(before) + ")"
    listed = tuple(row[0] for row in lake.rows(call.format("true")))
    known = {one.place for one in named(lake)}
    if taken := sorted(place for place in listed if below(store, place) in known):
        raise WHS013.exception(what=f"{Path(taken[0]).name} of {Path(taken[0]).parent.name} was taken for an orphan")
    if listed:
        lake.rows(call.format("false"))
    return listed


def below(store: Store, place: str) -> str:
    """Answers the place below the data's of a file or object that DuckLake names whole; one elsewhere stays whole."""
    whole = place if store.objects else str(Path(place).resolve())
    return whole.removeprefix(store.root)


def newest_of_maintenance(lake: Lake, since: int) -> tuple[int, bool]:
    """Answers the newest snapshot after `since` below which only maintenance committed, and whether it is the newest of all."""
    rows = lake.rows(
        f"SELECT snapshot_id, changes_made FROM {CATALOG}.ducklake_snapshot_changes WHERE snapshot_id > {since:d} ORDER BY 1"
    )
    newest = since
    for snapshot, changes in rows:
        if any(not one.startswith(("merge_adjacent:", "rewrite_delete:")) for one in str(changes or "").split(",") if one):
            return newest, False
        newest = int(snapshot)
    return newest, True


def _instant(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.isoformat()}'"
