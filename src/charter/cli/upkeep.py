"""The command that keeps the lake small: maintain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption, open_here

if TYPE_CHECKING:
    from charter.app.maintain import MaintainReport


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(maintain)


def maintain(
    keep_days: Annotated[int, typer.Option("--keep-days", help="Snapshots younger than this stay; the newest always does.")] = 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for a run to end.")] = 30.0,
) -> None:
    """Keep the lake small: merge its files, expire old snapshots, delete what none needs. Every table is compared before and after."""
    from charter.app.maintain import maintain as work
    from charter.cli.terminal import progress, say_json

    with progress(quiet or as_json) as advance:
        report = work(open_here(workspace), keep_days=keep_days, dry_run=dry_run, wait_seconds=wait, advance=advance)
    if as_json:
        say_json(report.as_dict())
    else:
        tell_maintain(report)


def tell_maintain(report: MaintainReport) -> None:
    """Prints the tables whose files changed, then what else went, and what was compared."""
    from charter.cli.terminal import say, say_table

    changed = [one for one in report.tables if one.files_before != one.files_after or one.bytes_before != one.bytes_after]
    if changed:
        then = "then, about" if report.dry_run else "after"
        say_table(
            ("table", "files", then, *(() if report.dry_run else ("size", "after"))),
            [
                (one.table, f"{one.files_before:,}", f"{one.files_after:,}",
                 *(() if report.dry_run else (bytes_told(one.bytes_before), bytes_told(one.bytes_after))))
                for one in changed
            ],
            right=(1, 2, 3, 4),
        )  # fmt: skip
    else:
        say("each table lies in as few files as it can")
    say(report.in_words())
    for orphan in report.orphans[:10]:
        say(f"  {'would delete' if report.dry_run else 'deleted'} {orphan}", "dim")
    if report.readers_open:
        say("readers are open: what they may read stays until the next `charter maintain`", "yellow")
    if report.dry_run:
        say(f"on disk {bytes_told(report.disk_before)}; nothing was changed", "dim")
        return
    say(
        f"on disk {bytes_told(report.disk_before)}, now {bytes_told(report.disk_after)}; snapshots {report.snapshots_before:,}, now {report.snapshots_after:,}"
    )
    if report.closed:
        say(f"{report.closed:,} closed numbers were worked out anew from what was closed with them, and moved by nothing")
    for told in report.differing:
        say(f"  {told}: bring the lake back from a copy", "red")
    say(f"{report.compared} tables hold what they held; {report.seconds:.1f} s", "green")


def bytes_told(size: int) -> str:
    """Answers a size for people."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,} B"
