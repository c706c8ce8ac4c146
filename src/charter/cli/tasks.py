"""The commands about what somebody must act on: tasks; task show, comment, handover, resolve, reopen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, WorkspaceOption, open_bound, open_here

if TYPE_CHECKING:
    from charter.app.tasks import TaskRow

IdArgument = Annotated[str, typer.Argument(help="The task, or the beginning of its id.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command("tasks")(list_tasks)
    group = typer.Typer(help="Look at one task, and say what was done about it.", no_args_is_help=True, rich_markup_mode=None)
    group.command("show")(show)
    group.command("comment")(comment)
    group.command("handover")(handover)
    group.command("resolve")(resolve)
    group.command("reopen")(reopen)
    app.add_typer(group, name="task")


def list_tasks(
    mine: Annotated[bool, typer.Option("--mine", help="Only mine: by the column `login` of the table of people.")] = False,
    person: Annotated[str | None, typer.Option("--person", help="Only this person's: person/x.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="This scope and below: market/x.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only breach, vacancy, acceptance, stale, contract or silence.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones as well.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what somebody must act on, what is due first. A day of the clock is 8 business hours of the scope's calendar."""
    from charter.app import findings as told
    from charter.app.tasks import tasks
    from charter.cli.terminal import escaped, say, say_json, say_table

    found = tasks(open_bound(workspace), at=at, mine=mine, person=person, kind=kind, resolved=everything)
    if found.derived.problem is not None:
        print(told.as_text(found.derived.problem), file=sys.stderr)
    if as_json:
        say_json([row.as_dict() for row in found.rows])
        return
    if found.rows:
        say_table(
            ("id", "kind", "what", "scope", "owner", "since", "clock", ""),
            [
                (
                    row.short,
                    row.task.kind,
                    escaped(row.task.what),
                    row.task.scope,
                    _owner(row),
                    row.task.opened_at.date().isoformat(),
                    row.clock.text,
                    _state(row),
                )
                for row in found.rows
            ],
            whole=(0, 1, 3, 4, 5, 6, 7),
            spare=(1, 5, 3),
        )
    waiting = sum(1 for row in found.rows if row.task.is_open)
    late = sum(1 for row in found.rows if row.task.is_open and row.clock.overdue)
    whose = f" of {found.person}" if found.person else ""
    if not waiting:
        say(f"no task{whose} is open{f' at {at} or below it' if at else ''}")
    else:
        say(f"{waiting:,} open{whose}{f', {late:,} overdue' if late else ''}")
        first = found.rows[0].short
        say(f"what it is and whose: charter task show {first}; when it is done: charter task resolve {first} --done TEXT", "dim")


def _owner(row: TaskRow) -> str:
    from charter.cli.terminal import escaped, marked

    return escaped(row.owner) if row.owner else marked("vacant", "red")


def _state(row: TaskRow) -> str:
    from charter.cli.terminal import marked

    if not row.task.is_open:
        return marked("resolved", "green")
    return marked("overdue", "bold red") if row.clock.overdue else ""


def show(task: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show a task with its whole history. Says whose it is, by what, and until when it is due."""
    from charter.app.tasks import task as find
    from charter.cli.terminal import say_json

    row = find(open_here(workspace), task)
    if as_json:
        say_json(row.as_dict())
    else:
        tell_task(row)


def tell_task(row: TaskRow) -> None:
    """Prints a task: what it is, whose and how long, then what happened to it."""
    from charter.cli.terminal import escaped, say, say_table

    one, clock = row.task, row.clock
    say(one.what, "bold")
    facts = [
        ("id", one.id),
        ("kind", one.kind),
        ("scope", one.scope),
        ("state", _state(row) or "open"),
        ("owner", f"{_owner(row)} ({escaped(one.via)})"),
        ("clock", clock.text + (f", due {clock.due_at.strftime('%Y-%m-%d %H:%M')} UTC" if clock.due_at else "")),
    ]
    if not one.is_open:
        facts.append(("done", escaped(f"{one.done} ({one.resolved_by})")))
    facts.append(("look", escaped(row.look_with)))
    say_table(("", ""), facts)
    say()
    say_table(
        ("at (UTC)", "what", "by", "to", "text"),
        [
            (f"{event.at:%Y-%m-%d %H:%M}", event.what, escaped(event.by), escaped(event.person or ""), escaped(event.text))
            for event in one.events
        ],
        whole=(0, 1),
    )


def comment(
    task: IdArgument,
    text: Annotated[str, typer.Argument(help="What others should know.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Add a remark to a task. It stands in the task's history with your login."""
    from charter.app.tasks import comment as add

    _say_done(add(open_here(workspace), task, text))


def handover(
    task: IdArgument,
    person: Annotated[str, typer.Argument(help="To whom: person/name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for good.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Give a task to another person. It stays theirs until they leave, whoever is accountable later."""
    from charter.app.tasks import hand_over

    _say_done(hand_over(open_here(workspace), task, person, reason))


def resolve(
    task: IdArgument,
    done: Annotated[str, typer.Option("--done", help="What was done about it; kept for good.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Resolve a task by what was done. It opens again where more of it comes than was known."""
    from charter.app.tasks import resolve as close

    _say_done(close(open_here(workspace), task, done))


def reopen(
    task: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for good.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Open a resolved task again. Within 14 days its clock goes on, later it begins anew."""
    from charter.app.tasks import reopen as again

    _say_done(again(open_here(workspace), task, reason))


def _say_done(row: TaskRow) -> None:
    from charter.cli.terminal import say

    last = row.task.events[-1]
    to = f" to {last.person}" if last.person else ""
    say(f"{row.short} {last.what}{to} by {last.by}: {row.task.what}")
