"""The commands that begin a source: intake draft and intake try."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, ScopeOption, WorkspaceOption, open_here

if TYPE_CHECKING:
    from charter.app.tryout import Tried


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    group = typer.Typer(help="Begin a source: draft its documents, and try them.", no_args_is_help=True, rich_markup_mode=None)
    group.command("draft")(draft)
    group.command("try")(try_source)
    app.add_typer(group, name="intake")


def draft(
    files: Annotated[list[Path], typer.Argument(help="Exports of one form; the first is looked at.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the source; else the file's.")] = None,
    at: ScopeOption = "group",
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier draft.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a first source for an unknown export. Its contract, code lists and mapping are guesses, each with its reason."""
    from charter.app.draft import draft as make
    from charter.cli.terminal import escaped, progress, say, say_json, say_table

    project = open_here(workspace)
    with progress(quiet or as_json) as advance:
        made = make(project, files, name=name, scope=at, force=force, advance=advance)
    if as_json:
        say_json(made.as_dict())
        return
    say(
        f"{made.files[0]}: {made.profile.rows:,} rows, read as {', '.join(f'{k} {v}' for k, v in made.declared.items() if k != 'fields')}",
        "bold",
    )
    for text in made.noticed:
        say(f"  {text}", "dim")
    say_table(
        ("column", "type", "filled", "holds", "guess"),
        [tuple(map(escaped, row)) for row in made.table()],
        right=(2,),
        whole=(0, 4),
        spare=(3, 1),
    )
    say(f"it tells of {' and '.join(made.meaning.targets)}: {made.meaning.reason}")
    for text in made.checks:
        say(f"  check: {text}", "yellow")
    for place in made.written:
        say(f"wrote {place}", "green")
    say(f"next: look at the lines marked CHECK, then `charter intake try {made.name}`, then `charter run {made.name}`", "dim")


def try_source(
    source: Annotated[str, typer.Argument(help="Name of the source.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what a source would make of its files. Which rows would be held, and why; nothing is taken in."""
    from charter.app.tryout import tryout
    from charter.cli.terminal import progress, say_json

    project = open_here(workspace)
    with progress(quiet or as_json) as advance:
        tried = tryout(project, source, advance=advance)
    if as_json:
        say_json(tried.as_dict())
    else:
        tell_trial(tried)
    if any(line.refused_because for line in tried.accounts):
        raise typer.Exit(1)


def tell_trial(tried: Tried) -> None:
    """Prints a trial: the mapped columns with their first values, then what would be held, then the account."""
    from charter.app import findings as told
    from charter.cli.terminal import escaped, say, say_table

    for finding in tried.findings:
        print(told.as_text(finding), file=sys.stderr)
    if tried.columns:
        say_table(
            ("column", "filled", "first row", "second", "third"),
            [
                (escaped(f"{one.column}"), one.share, *(escaped("" if value is None else value) for value in (*one.first, "", "", "")[:3]))
                for one in tried.columns
            ],
            right=(1,), whole=(0,), spare=(4, 3),
        )  # fmt: skip
    if tried.held:
        say()
        say("would be held", "bold")
        say_table(
            ("rule", "rows", "value", "such as"),
            [
                (escaped(one.rule), f"{one.rows:,}", "" if one.value is None else f"{one.value:,.2f}", escaped(_such_as(one.rule, one.payload, one.delivery, one.row_number)))
                for one in tried.held
            ],
            right=(1, 2), whole=(0,),
        )  # fmt: skip
    say()
    for line in tried.accounts:
        if line.refused_because:
            say(f"{line.delivery}: would be refused: {line.refused_because}", "red")
        else:
            excluded = f", {line.excluded:,} left out" if line.excluded else ""
            say(
                f"{line.delivery}: {line.received:,} rows: {line.accepted:,} accepted, {line.unchanged + line.superseded:,} repeated{excluded}, {line.quarantined:,} held"
            )
    say("nothing was taken in", "dim")


def _such_as(rule: str, payload: dict[str, object], delivery: str, row: int) -> str:
    column = rule.partition(":")[0]
    what = f"{column} = {payload[column]!r}" if column in payload else ", ".join(f"{k}={v}" for k, v in list(payload.items())[:4])
    return f"{what} ({delivery}:{row})"
