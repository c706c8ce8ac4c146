"""What is broken in the installation, the workspace or the lake, and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from charter.app.check import check
from charter.app.doctor_cube import cube_of_lake
from charter.app.doctor_lake import files_of_lake
from charter.app.examined import Examined
from charter.app.findings import summary
from charter.app.ownership import acceptances
from charter.app.project import Project, open_project, today
from charter.app.wording import counted
from charter.errors import CharterError, Severity
from charter.performance.closing.closed_cube import recount
from charter.performance.closing.store import closings
from charter.warehouse.lake import grain_violations
from charter.warehouse.lock import refuse_network
from charter.warehouse.opening import open_reader
from charter.warehouse.tables import TABLES

LOW_DISK_BYTES = 2 << 30


def examine(folder: Path | None) -> list[Examined]:
    """Answers what was looked at, in the order in which one thing needs another."""
    results = [_looked("python", lambda: f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}")]
    try:
        project = open_project(folder)
    except CharterError as error:
        return [*results, Examined("workspace", False, error.message, error.hint or "")]
    results.append(Examined("workspace", True, f"{len(project.workspace.documents):,} documents", ""))
    return [*results, *_project(project)]


def _looked(what: str, look: Callable[[], str]) -> Examined:
    try:
        return Examined(what, True, look(), "")
    except CharterError as error:
        return Examined(what, False, error.message, error.hint or "")


def _project(project: Project) -> Iterator[Examined]:
    found = check(project, today(project))
    bad = any(one.severity is Severity.ERROR for one in found)
    yield Examined("documents", not bad, summary(found), "`charter check` lists them with their places" if bad else "")
    yield _looked("disk of the lake", lambda: _disk(project))
    yield _revisions(project)
    yield _looked("state", lambda: f"{len(acceptances(project)):,} acceptances")
    try:
        there = project.store.exists()
    except CharterError as error:
        yield Examined("lake", False, error.message, error.hint or "")
        return
    if not there:
        yield Examined("lake", True, "nothing was taken in yet", "")
        return
    below = list(files_of_lake(project))
    whole = all(one.ok for one in below)
    lake = _looked("lake", lambda: _lake(project))
    yield lake if lake.ok or whole else replace(lake, mend="see below: its files")
    yield from below
    if lake.ok and whole and not bad:
        yield cube_of_lake(project)
    if lake.ok and whole:
        yield _closed(project)


def _disk(project: Project) -> str:
    if project.workspace.settings.store.catalog is None:
        refuse_network(project.root)
    free = shutil.disk_usage(project.root).free
    return f"{free / 2**30:,.1f} GB free{'; that is little' if free < LOW_DISK_BYTES else ''}"


def _revisions(project: Project) -> Examined:
    """Every line of the log by its hash and that of the line before, then every document that it names."""
    if bad := project.revisions.verify():
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        return Examined("revisions", False, f"{bad[0].message}{more}", bad[0].hint or "")
    count = len(project.revisions.log())
    told = f"{counted(count, 'revision')}, the chain of hashes is whole" if count else "nothing was applied yet"
    return Examined("revisions", True, told, "")


def _closed(project: Project) -> Examined:
    """Every closed number, worked out anew from what was closed with it."""
    try:
        with open_reader(project.store) as lake:
            found = [one for act in closings(lake) for one in recount(lake, act)]
    except CharterError as error:
        return Examined("closed numbers", False, error.message, error.hint or "")
    if bad := [one for one in found if not one.holds]:
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        return Examined("closed numbers", False, f"{bad[0]}{more}", "bring the folder of the lake back from a copy")
    told = (
        f"{counted(len(found), 'closed number')}, each follows from what was closed with it" if found else "nothing was closed yet"
    )
    return Examined("closed numbers", True, told, "")


def _lake(project: Project) -> str:
    with open_reader(project.store) as lake:
        bad = [name for name in TABLES if grain_violations(lake, name)]
        row = lake.one(
            f"SELECT count(*) FILTER (WHERE received <> accepted + unchanged + superseded + excluded + quarantined), count(*) "
            f"FROM {lake.table('batch')}"
        ) or (0, 0)
    if bad or row[0]:
        from charter.warehouse.codes import WHS012

        told = [f"rows stand twice in {', '.join(bad)}"] * bool(bad) + [f"{row[0]} batches do not balance"] * bool(row[0])
        raise WHS012.exception(reason="; ".join(told))
    return f"{row[1]:,} batches, every account balances, no grain stands twice"
