"""The commands that change what binds: plan, apply, revisions, promote."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption, open_here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charter.app.plan import PlanReport
    from charter.app.plan_again import Again
    from charter.app.plan_numbers import Moved

SHOWN = 12
AGAIN_HELP = "Of sources that go by other rules, also try in a clone of the lake what `charter run --again` would bring."


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(plan)
    app.command()(apply)
    app.command()(revisions)
    app.command()(promote)


def plan(
    out: Annotated[Path | None, typer.Option("--out", help="Keep the plan in this file, for `charter apply FILE`.")] = None,
    again: Annotated[bool, typer.Option("--again/--no-again", help=AGAIN_HELP)] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what the draft would change, before it binds anyone. Whom it touches, and the last twelve months' numbers under both."""
    from charter.app.plan import plan as compare
    from charter.cli.terminal import progress, say, say_json

    project = open_here(workspace)
    with progress(quiet or as_json) as advance:
        report = compare(project, again=again, advance=advance)
    if out is not None:
        out.write_text(json.dumps(report.as_dict(), indent=2, default=str) + "\n", encoding="utf-8")
    if as_json:
        say_json(report.as_dict())
        return
    tell_plan(report)
    if out is not None:
        say(f"kept in {out}: `charter apply {out}` applies just this", "dim")


def tell_plan(report: PlanReport) -> None:
    """Prints a plan: what says something else, what changes by it and for whom, and the numbers that move."""
    from charter.app.plan_text import effect_lines
    from charter.cli.terminal import escaped, say, say_table

    before = f"revision {report.revision.seq} ({report.before[:12]})" if report.revision else "nothing"
    say(f"plan: {before} → draft ({report.after[:12]})", "bold")
    if report.is_empty:
        say("nothing changes")
        return
    say_table(
        ("what", "document or table", "place", ""),
        [(one.what, escaped(one.name), escaped(one.place), one.told) for one in report.documents[:SHOWN]],
    )
    _more(len(report.documents))
    if report.revision is None:
        say("the first revision: from then on it binds, and a changed draft only once it is applied")
    for title, lines in effect_lines(report):
        say()
        say(title, "bold")
        for line in lines[:SHOWN]:
            say(f"  {line}")
        _more(len(lines))
    if report.months:
        say()
        say(f"replayed on {report.months[0]} to {report.months[-1]}: {', '.join(report.metrics)}", "bold")
        _tell_numbers(report.numbers)
    if report.again is not None:
        _tell_again(report.again)
    for need in report.needs:
        say(f"needs an approval: {need.ref} {need.path} in {need.layer}: --as {' or --as '.join(need.roles)}", "yellow")


def _tell_numbers(numbers: Sequence[Moved]) -> None:
    from charter.app.plan_text import number_lines
    from charter.cli.terminal import escaped, say, say_table

    heads, rows = number_lines(numbers)
    if not rows:
        say("no number differs")
        return
    say_table(heads, [[escaped(cell) for cell in row] for row in rows[:SHOWN]])
    _more(len(rows))


def _tell_again(again: Again) -> None:
    """Prints what does not come with `apply`, but with `run --again` after it."""
    from charter.app.plan_text import again_lines
    from charter.cli.terminal import say

    command = f"charter run --again {' '.join(again.names)}"
    say()
    say(f"not by `charter apply` alone: what `{command}` would bring after it", "bold")
    lines = again_lines(again)
    for line in lines[:SHOWN]:
        say(f"  {line}", "yellow" if again.problem else "")
    _more(len(lines))
    if again.months:
        say(f"  numbers of {again.months[0]} to {again.months[-1]} after `charter apply`, and after `{command}`:")
        _tell_numbers(again.numbers)


def _more(count: int) -> None:
    from charter.cli.terminal import say

    if count > SHOWN:
        say(f"  and {count - SHOWN:,} more: --json has all", "dim")


def apply(
    plan_file: Annotated[
        Path | None, typer.Argument(metavar="PLAN", help="A plan kept by `charter plan --out`; else the draft as it is.")
    ] = None,
    roles: Annotated[list[str] | None, typer.Option("--as", help="Role by which you approve; may be given several times.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    again: Annotated[bool, typer.Option("--again/--no-again", help=f"For the plan that is shown. {AGAIN_HELP}")] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make the draft what binds: a revision in the append-only log. Numbers follow it from then on."""
    from charter.app.apply import apply as record
    from charter.app.codes import APP017
    from charter.app.plan import plan as compare
    from charter.cli.terminal import progress, say, say_json

    project = open_here(workspace)
    saved: dict[str, Any] | None = None
    if plan_file is not None:
        saved = {**_read(plan_file), "file": str(plan_file)}
    elif not yes:
        with progress(quiet) as advance:
            tell_plan(compare(project, again=again, advance=advance))
        if not sys.stdin.isatty() or not typer.confirm("apply?"):
            raise APP017.exception()
    with progress(quiet or as_json) as advance:
        done = record(project, roles=tuple(roles or ()), saved=saved, advance=advance)
    if as_json:
        say_json({**revision_as_dict(done.revision), "fresh": done.fresh, "measured": done.measured})
    elif not done.fresh:
        say(f"nothing to apply: the draft is revision {done.revision.seq}")
    else:
        told = "; the lake is measured by it" if done.measured else ""
        say(
            f"revision {done.revision.seq} ({done.revision.manifest[:12]}) binds since {done.revision.applied_at.isoformat()}{told}",
            "green",
        )


def _read(place: Path) -> dict[str, Any]:
    from charter.app.codes import APP020

    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise APP020.exception(file=place, reason=(error.strerror or str(error)).lower()) from error
    except ValueError as error:
        raise APP020.exception(file=place, reason=f"it is no JSON: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict) or not {"before", "after"} <= found.keys():
        raise APP020.exception(file=place, reason="it does not say which documents it compares")
    return found


def revision_as_dict(one: Any) -> dict[str, Any]:
    """Answers a revision as a plain mapping."""
    return {
        "revision": one.seq, "applied_at": one.applied_at.isoformat(), "manifest": one.manifest, "approvals": list(one.approvals),
        "hash": one.hash,
    }  # fmt: skip


def revisions(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List what was applied, when and by whom. The last one is what binds."""
    from charter.app.apply import revisions as ask
    from charter.cli.terminal import escaped, say, say_json, say_table

    found = ask(open_here(workspace))
    if as_json:
        say_json([revision_as_dict(one) for one in found])
        return
    if not found:
        say("nothing was applied yet: the draft is what holds")
        return
    say_table(
        ("revision", "applied", "documents", "by"),
        [(str(one.seq), one.applied_at.isoformat(), one.manifest[:12], escaped("; ".join(one.approvals))) for one in found],
        right=(0,), whole=(1, 2),
    )  # fmt: skip


def promote(
    ref: Annotated[str, typer.Argument(help="What a scope has of its own, or overrides: Metric:shelf-fill.")],
    scope: Annotated[str, typer.Option("--from", help="The scope whose it is: market/se.")],
    path: Annotated[
        str | None, typer.Argument(help="Of an override, the value: spec.target. Else the whole local document.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what one scope found the group's. Writes the working tree; in that scope itself no answer changes."""
    from charter.app.plan_text import effect_line
    from charter.app.promote import promote_in
    from charter.cli.terminal import say, say_json

    done = promote_in(open_here(workspace), ref, scope, path, dry_run=dry_run)
    if as_json:
        say_json(done.as_dict())
        return
    say(f"{done.old} → {done.new}{f' {path}' if path else ''}", "bold")
    for name, what in done.files:
        say(f"  {'would be ' if dry_run else ''}{what} {name}")
    for one in done.effects[:SHOWN]:
        say(f"  {effect_line(one)}")
    _more(len(done.effects))
    for other in done.others:
        say(f"  untouched: {other}, which has the same name", "dim")
    if not dry_run:
        say("nothing binds yet: `charter plan` shows what it does to the numbers, `charter apply` makes it hold", "dim")
