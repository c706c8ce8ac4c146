"""The command that closes a period: close."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption, open_bound

if TYPE_CHECKING:
    from charter.app.close import CloseReport


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(close)


def close(
    period: Annotated[str, typer.Argument(help="A month (2026-10), quarter (2026-Q4) or year.")],
    metrics: Annotated[
        list[str] | None, typer.Option("--metric", help="Only this metric; may be given several times. Else each that is mature.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be closed, and what is not mature until when.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: a close cannot be undone.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for a run to end.")] = 30.0,
) -> None:
    """Close a period: keep its numbers for good, with all that they rest on. Metric by metric, as each is mature."""
    from charter.app.close import close as work
    from charter.app.codes import APP056
    from charter.cli.terminal import progress, say, say_json

    project, only, asked = open_bound(workspace), tuple(metrics or ()), False
    if not (yes or dry_run):
        if not sys.stdin.isatty():
            raise APP056.exception(period=period)
        with progress(quiet) as advance:
            foreseen = work(project, period, only=only, dry_run=True, wait_seconds=wait, advance=advance)
        tell_close(foreseen)
        if not foreseen.count("closed"):
            return
        if not typer.confirm("close? it cannot be undone"):
            say("nothing was closed", "dim")
            return
        asked = True
    with progress(quiet or as_json) as advance:
        report = work(project, period, only=only, dry_run=dry_run, wait_seconds=wait, advance=advance)
    if as_json:
        say_json(report.as_dict())
    elif asked and report.count("closed") == foreseen.count("closed"):
        say(report.in_words(), "green")
    else:
        tell_close(report)


def tell_close(report: CloseReport) -> None:
    """Prints what became of each metric, then all of it in one line."""
    from charter.cli.terminal import escaped, marked, say, say_table

    styles = {"closed": "green", "closed before": "dim", "provisional": "yellow", "not closed": "red"}
    words = {"closed": "to close"} if report.dry_run else {}
    rows = [
        (escaped(one.title), marked(words.get(one.state, one.state), styles[one.state]), escaped(one.told)) for one in report.lines
    ]
    say_table(("metric", "state", ""), rows, whole=(1,))
    say(report.in_words())
