"""The commands about what the facts say against a number: suspects rekeyed, impersonated and paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, ScopeOption, WorkspaceOption, open_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charter.app.impersonated import ImpersonatedAnswer
    from charter.app.suspects import PausedAnswer, RekeyedAnswer

    Answer = ImpersonatedAnswer | PausedAnswer | RekeyedAnswer
    Table = tuple[tuple[str, ...], list[tuple[str, ...]]]

PeriodOption = Annotated[str | None, typer.Option("--period", help="2013, 2013-Q2, 2013-06 or from/to; else the last whole month.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="Rows of the table; --json has all.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    group = typer.Typer(
        help="Look for what would make a number look better or worse than it is. Nothing is changed.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("rekeyed")(rekeyed)
    group.command("impersonated")(impersonated)
    group.command("paused")(paused)
    app.add_typer(group, name="suspects")


def rekeyed(
    at: ScopeOption = "group",
    period: PeriodOption = None,
    within: Annotated[
        int | None, typer.Option("--within", help="Hours after the digital order; else 96, which are three business days.")
    ] = None,
    limit: LimitOption = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List manual orders that look like digital ones keyed again. What agrees, and what they do to the digital order ratio."""
    from charter.app.suspects import rekeyed as ask
    from charter.cli.terminal import progress

    project = open_bound(workspace)
    with progress(as_json) as advance:
        answer = ask(project, at, period, within_hours=within, advance=advance)
    _tell("orders that look re-keyed", answer, limit, as_json, right=(4, 5), whole=(2, 3))


def impersonated(
    at: ScopeOption = "group",
    period: PeriodOption = None,
    limit: LimitOption = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List digital orders that an employee's user placed in the customer's place. Why, and what they do to the digital order ratio."""
    from charter.app.impersonated import impersonated as ask
    from charter.cli.terminal import progress

    project = open_bound(workspace)
    with progress(as_json) as advance:
        answer = ask(project, at, period, advance=advance)
    _tell("orders that look placed by an employee", answer, limit, as_json, right=(5,), whole=(2,))


def paused(
    at: ScopeOption = "group",
    period: PeriodOption = None,
    limit: LimitOption = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List pauses of cases that our own side alone began and ended. No question to the customer, no answer; then by team."""
    from charter.app.suspects import paused as ask
    from charter.cli.terminal import progress

    project = open_bound(workspace)
    with progress(as_json) as advance:
        answer = ask(project, at, period, advance=advance)
    teams = answer.team_table() if answer.found else None
    _tell("paused clocks", answer, limit, as_json, teams, right=(4, 5, 6), whole=(1,), spare=(0,))


def _tell(title: str, answer: Answer, limit: int, as_json: bool, teams: Table | None = None, **columns: Sequence[int]) -> None:
    """Prints the suspects as a table, then the teams, then what they do to the number."""
    from charter.cli.terminal import say, say_json

    if as_json:
        say_json(answer.as_dict())
        return
    say(f"{title}, {answer.scope}, {answer.period}", "bold")
    if answer.found and limit:
        _tell_table(answer.table(limit), **columns)
        if len(answer.found) > limit:
            say(f"and {len(answer.found) - limit:,} more: --limit, or --json", "dim")
    if teams is not None:
        _tell_table(teams, right=(1, 2, 5))
    for line in answer.lines():
        say(line)


def _tell_table(table: Table, **columns: Sequence[int]) -> None:
    from charter.cli.terminal import escaped, say_table

    heads, rows = table
    say_table(heads, [[escaped(cell) for cell in row] for row in rows], **columns)
