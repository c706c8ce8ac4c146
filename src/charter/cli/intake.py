"""The commands about what is held back, and what was let through: quarantine list, show, ratchets, release and dismiss."""

from __future__ import annotations

from typing import Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption, open_bound, open_here


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    group = typer.Typer(help="Look at the rows that contracts hold back.", no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_rows)
    group.command("show")(show_row)
    group.command("ratchets")(list_ratchets)
    group.command("release")(release_rows)
    group.command("dismiss")(dismiss_rows)
    app.add_typer(group, name="quarantine")


def list_rows(
    source: Annotated[str | None, typer.Option("--source", help="Only this source, or entity of a source (erp/orders).")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only rows that broke this rule.")] = None,
    each: Annotated[bool, typer.Option("--rows", help="Each held row, with all its rules.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is held, by batch and rule. Says how many rows, and what they are worth; then what passed by waivers."""
    from charter.app.quarantine import held, held_rows
    from charter.app.ratchets import passed
    from charter.cli.terminal import escaped, say, say_json, say_table

    project = open_here(workspace)
    if each:
        single = held_rows(project, source=source, rule=rule)
        if as_json:
            say_json([row.as_dict() for row in single])
            return
        say_table(
            ("batch", "row", "source", "delivery", "rules"),
            [(one.batch_id[:12], str(one.row_number), escaped(f"{one.source}/{one.entity}"), escaped(one.delivery), escaped("; ".join(one.rules))) for one in single],
            right=(1,), whole=(0,),
        )  # fmt: skip
        return
    rows = held(project, source=source, rule=rule)
    if as_json:
        say_json([row.as_dict() for row in rows])
        return
    say_table(
        ("batch", "source", "delivery", "rule", "rows", "value", "first row"),
        [
            (
                row.batch_id[:12],
                escaped(f"{row.source}/{row.entity}"),
                escaped(row.delivery),
                escaped(row.rule),
                f"{row.rows:,}",
                row.value_text,
                "" if row.first_row is None else str(row.first_row),
            )
            for row in rows
        ],
        right=(4, 5, 6),
        whole=(0, 1, 3),
        spare=(1, 6),
    )
    if first := next((row for row in rows if row.first_row is not None), None):
        say(f"see one row: charter quarantine show {first.batch_id[:12]} {first.first_row}; each of them: --rows", "dim")
    elif not rows:
        say("nothing is held")
    for one in passed(project, source=source):
        say(one.in_words(), "dim")


def show_row(
    batch: Annotated[str, typer.Argument(help="The batch, or the beginning of its id.")],
    row: Annotated[int, typer.Argument(help="The row's number in its delivery.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one held row with every rule that it broke. Its origin and its payload stand beside."""
    from charter.app.quarantine import held_row
    from charter.app.ratchets import why_held
    from charter.cli.terminal import escaped, marked, say, say_json, say_table

    project = open_here(workspace)
    found = held_row(project, batch, row)
    because = why_held(project, found.batch_id, found.row_number)
    if as_json:
        say_json({**found.as_dict(), "because": because})
        return
    say(f"{found.delivery}:{found.row_number}  ({found.source}/{found.entity}, batch {found.batch_id})", "bold")
    for rule in found.rules:
        say(f"  broke {rule}{': ' + because[rule] if rule in because else ''}", "red")
    say_table(
        ("column", "value"),
        [(escaped(k), marked("(null)", "dim") if v is None else escaped(v)) for k, v in found.payload.items()],
    )


def list_ratchets(
    source: Annotated[str | None, typer.Option("--source", help="Only this source, or entity of a source (erp/orders).")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the rules that may not get worse, by market. Says its share now, its best, and since when it is worse."""
    from charter.app.ratchets import ratchets
    from charter.cli.terminal import escaped, marked, say, say_json, say_table

    found = ratchets(open_here(workspace), source=source)
    if as_json:
        say_json([one.as_dict() for one in found])
        return
    if not found:
        say("no rule is a ratchet in what was taken in; `charterAction: ratchet` in a contract makes one")
        return
    rows = [[escaped(cell) for cell in one.cells()] for one in found]
    for one, row in zip(found, rows, strict=True):
        row[-1] = marked(row[-1], "red" if one.worse_since else "green")
    say_table(("source", "rule", "market", "failing now", "best", "since", "state"), rows, right=(3, 4), whole=(1, 2), spare=(5,))


def dismiss_rows(
    batch: Annotated[str, typer.Argument(help="The batch, or the beginning of its id.")],
    row: Annotated[int | None, typer.Argument(help="The row's number in its delivery; else all that it holds.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it will not come again; kept for good.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Settle held rows, or a refused delivery, that will not come again. Who did, and why, stays beside them."""
    from charter.app.quarantine import dismiss
    from charter.cli.terminal import say

    say(dismiss(open_bound(workspace), batch, row, reason))


def release_rows(
    source: Annotated[str | None, typer.Option("--source", help="Only this source; else all that hold rows.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read what holds rows again, after a list, a rule or the mapping was mended. Rows that pass now are taken in."""
    from charter.app.quarantine import release
    from charter.cli.measure import tell_run
    from charter.cli.terminal import progress, say, say_json

    project = open_bound(workspace)
    with progress(quiet or as_json) as advance:
        done = release(project, source=source, advance=advance)
    if as_json:
        say_json(done.as_dict())
        return
    tell_run(done.report)
    say(f"{done.before:,} rows were held, {done.after:,} are", "green" if done.after < done.before else "yellow")
