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
    branches: Annotated[
        int, typer.Option("--branches", min=1, max=5000, help="How many branches; one at least in each country.")
    ] = 60,
    countries: Annotated[int, typer.Option("--countries", min=1, max=45, help="How many countries.")] = 8,
    months: Annotated[int, typer.Option("--months", min=2, max=120, help="How many months, from 2023-01 on.")] = 36,
    orders: Annotated[
        int, typer.Option("--orders", min=100, max=5_000_000, help="How many orders, about; each takes 1.2 KB of memory.")
    ] = 200_000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed and size, same group.")] = 7,
    again: Annotated[
        bool, typer.Option("--again", help="Make it anew where it is there; what was changed in the folder goes.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate a wholesale group, take in what its systems export, and measure it. Shows what is worst and what to try next.

    The whole group has 500 branches in 45 countries: `--branches 500 --countries 45 --orders 2000000`.
    """
    from charter.app.demo_group import make_demo
    from charter.cli.measure import tell_run, tell_scorecard
    from charter.cli.terminal import escaped, progress, say, say_table

    with progress(quiet) as advance:
        made = make_demo(
            folder, branches=branches, countries=countries, months=months, orders=orders, seed=seed, again=again, advance=advance
        )
    if made.report is None:
        say("the group is there already, as it was left; --again makes it anew")
    elif quiet:
        say(f"{made.report.received:,} rows received, {made.report.quarantined:,} quarantined")
    else:
        tell_run(made.report)
    if quiet:
        return
    say()
    tell_scorecard(made.card)
    say()
    say("the worst of what was found", "bold")
    worst = [(escaped(row.task.what), row.task.scope, escaped(row.owner or "nobody")) for row in made.worst]
    say_table(("what", "scope", "whose"), worst, whole=(1, 2))
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
