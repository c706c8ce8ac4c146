"""Arguments and options that several commands share, and how they are read."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from charter.app.project import Project

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        envvar="CHARTER_WORKSPACE",
        help="Folder of the workspace; else the nearest above.",
    ),
]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Day of the question (2026-09-01); else today.")]
KnownAtOption = Annotated[
    str | None, typer.Option("--known-at", help="By the revision that was applied at this instant or day (2026-09-01T12:00Z).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON; decimals as strings.")]
ScopeOption = Annotated[str, typer.Option("--at", help="Scope: group, region/x, market/x or branch/x.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what was asked for, no progress.")]


def open_here(workspace: Path | None) -> Project:
    """Answers the project in the given folder, or in the nearest one above the current folder."""
    from charter.app.project import open_project

    return open_project(workspace)


def open_bound(workspace: Path | None) -> Project:
    """Answers the project by the revision that binds; says on stderr where the draft says something else."""
    from charter.app.project import bound

    project = bound(open_here(workspace))
    if project.is_behind and project.revision is not None:
        held = f"revision {project.revision.seq} holds, and the draft says something else"
        print(f"note: {held}: `charter plan` shows what, `charter apply` makes it hold", file=sys.stderr)
    return project


def open_known(workspace: Path | None, known_at: str | None) -> Project:
    """Answers the project as the draft has it; with `known_at` by the revision that was applied then."""
    from charter.app.project import bound, parse_instant

    project = open_here(workspace)
    return bound(project, parse_instant(known_at, project)) if known_at else project


def day_of(text: str | None, project: Project) -> date:
    """Answers the day that was asked for, else today in the workspace's time zone."""
    from charter.app.project import parse_day, today

    return parse_day(text) if text else today(project)
