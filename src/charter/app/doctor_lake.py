"""What doctor looks at below the lake's tables: its files, its version, what was left lying, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from charter.app.examined import Examined
from charter.app.maintain import YOUNG
from charter.app.project import Project, now
from charter.app.wording import counted
from charter.errors import CharterError
from charter.warehouse import inventory
from charter.warehouse.inventory import MANY_FILES, Lying, Named
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader
from charter.warehouse.restore_point import restore_point
from charter.warehouse.store import Store
from charter.warehouse.tables import TABLES

RESTORE = "restore the whole folder of the lake from one backup, or move it away and take all in anew: `charter run`"
MAINTAIN = "`charter maintain`"
CLOCK_MAY_DIFFER = timedelta(minutes=5)


def files_of_lake(project: Project) -> Iterator[Examined]:
    """Yields what the lake's files, its version, its leftovers and its clock say; nothing where the lake cannot be opened."""
    try:
        with open_reader(project.store) as lake:
            known = inventory.named(lake)
            yield _version(lake)
            there = inventory.lying(lake, project.store)
            yield _files(known, there)
            yield _count(known)
            yield _lying(lake, project.store, known, there)
            yield _clock(lake)
    except CharterError as error:
        yield Examined("files of the lake", False, error.message, error.hint or "")


def _version(lake: Lake) -> Examined:
    version = inventory.catalog_version(lake)
    columns = lake.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'")
    present: dict[str, set[str]] = {}
    for table, column in columns:
        present.setdefault(table, set()).add(column)
    newer = [name for name in present if name not in TABLES]
    newer += [f"{name}.{one}" for name in present if name in TABLES for one in present[name] - set(TABLES[name].column_names())]
    older = [name for name, table in TABLES.items() if not set(table.column_names()) <= present.get(name, set())]
    if version != inventory.FORMAT:
        told = f"its catalog is DuckLake {version or 'of no version'}; this Charter was tried with {inventory.FORMAT}"
        return Examined("version of the lake", False, told, "use the Charter that made it, or one whose DuckDB is of that version")
    if newer:
        told = f"this Charter does not know {', '.join(sorted(newer)[:5])}"
        return Examined("version of the lake", False, told, "a newer Charter made it: install that one")
    if older:
        return Examined(
            "version of the lake", True, f"an older Charter made it; lacking: {', '.join(older[:5])}", "`charter run` adds it"
        )
    return Examined("version of the lake", True, f"DuckLake {version}, {len(present)} tables", "")


def _files(known: tuple[Named, ...], there: tuple[Lying, ...]) -> Examined:
    bad = inventory.damaged(known, there)
    if not bad:
        return Examined("files of the lake", True, f"{counted(len(known), 'file')}, each there and of its size", "")
    first, size = bad[0]
    told = f"{first.place} {'is missing' if size is None else f'has {size:,} bytes and had {first.size:,}'}"
    more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
    return Examined("files of the lake", False, told + more, RESTORE)


def _count(known: tuple[Named, ...]) -> Examined:
    tables = inventory.by_table(known)
    most = max(tables, key=lambda name: tables[name].count, default="")
    count = tables[most].count if most else 0
    told = f"at most {counted(count, 'file')} a table{f' ({most})' if most else ''}"
    due = count > MANY_FILES
    return Examined("files per table", True, f"{told}; that is many" if due else told, MAINTAIN if due else "")


def _lying(lake: Lake, store: Store, known: tuple[Named, ...], there: tuple[Lying, ...]) -> Examined:
    """Orphans and leftovers younger than a day may be those of somebody who is at work."""
    before = now() - YOUNG
    orphans = [one for one in inventory.orphans(lake, there, known) if one.written < before.timestamp()]
    left = inventory.leftovers(store, before)
    stopped = restore_point(store).exists
    parts = ["a maintenance was stopped"] * stopped
    parts += [f"{counted(len(orphans), 'file')} that no table knows"] * bool(orphans)
    parts += [f"{counted(len(left), 'leftover')} in its temporary folder"] * bool(left)
    size = sum(one.size for one in orphans) + inventory.size_of(left)
    told = "; ".join(parts) + (f" ({size / 2**20:,.1f} MB)" if size else "")
    return Examined("left lying", True, told or "nothing", MAINTAIN if parts else "")


def _clock(lake: Lake) -> Examined:
    row = lake.one(
        f"SELECT count(*) FILTER (WHERE received_at > ?), max(received_at) FROM {lake.table('batch')}", [now() + CLOCK_MAY_DIFFER]
    )
    count, last = row or (0, None)
    if not count:
        return Examined("clock", True, f"newest batch {last:%Y-%m-%d %H:%M} UTC" if last else "no batch yet", "")
    told = f"{counted(count, 'batch')} received in the future, up to {last:%Y-%m-%d %H:%M} UTC"
    return Examined(
        "clock", False, told, "set this machine's clock; ages and freshness are right again once that instant has passed"
    )
