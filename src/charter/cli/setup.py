"""The commands to begin with: init, demo, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(init)
    app.command()(demo)
    app.command()(doctor)


def init(
    folder: Annotated[Path, typer.Argument(help="Where; made if it is not there.")] = Path(),
    name: Annotated[str | None, typer.Option("--name", help="Name of the workspace; else the folder's.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="Home currency (ISO 4217).")] = "EUR",
    time_zone: Annotated[str, typer.Option("--time-zone", help="IANA time zone of the group.")] = "Etc/UTC",
) -> None:
    """Begin a workspace with a small, commented model. It passes `charter check`; files that exist are left alone."""
    from charter.app.init import init as begin
    from charter.cli.terminal import say

    for line in begin(folder, name=name, currency=currency, time_zone=time_zone):
        say(line)


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where to put it.")] = Path("charter-demo"),
    orders: Annotated[int, typer.Option("--orders", help="How many orders, about.")] = 20000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same group.")] = 7,
    quiet: QuietOption = False,
) -> None:
    """Make a generated group, take it in and measure it. Shows at the end what to look at next."""
    from charter.app.demo_group import make_demo
    from charter.cli.measure import tell_run
    from charter.cli.terminal import progress, say

    with progress(quiet) as advance:
        made = make_demo(folder, orders=orders, seed=seed, advance=advance)
    if quiet:
        say(f"{made.report.received:,} rows received, {made.report.quarantined:,} quarantined")
        return
    tell_run(made.report)
    say()
    for line in made.next_steps:
        say(line)


def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Find what is broken, and say how to mend it. Looks at the installation, the workspace and the lake."""
    from charter.app.doctor import examine
    from charter.cli.terminal import escaped, marked, say_json, say_table

    results = examine(workspace)
    if as_json:
        say_json([result.as_dict() for result in results])
    else:
        say_table(
            ("", "what", "found", "mend"),
            [
                (
                    marked("✓", "green") if r.ok else marked("✗", "red"),
                    escaped(r.what),
                    escaped(r.found),
                    escaped(r.mend),
                )
                for r in results
            ],
        )
    if not all(result.ok for result in results):
        raise typer.Exit(1)
