"""The commands that measure: run, number, scorecard."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import (
    AsOfOption,
    JsonOption,
    KnownAtOption,
    QuietOption,
    ScopeOption,
    WorkspaceOption,
    day_of,
    open_bound,
)

if TYPE_CHECKING:
    from charter.app.change import ChangeReport
    from charter.app.number import NumberAnswer
    from charter.app.project import Project
    from charter.app.run import RunReport
    from charter.app.scorecard import Scorecard


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(run)
    app.command()(number)
    app.command()(scorecard)


def run(
    sources: Annotated[list[str] | None, typer.Argument(help="Names of sources; else all.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also read what was taken in before, by the contracts and mappings of today.")
    ] = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for another run to end.")] = 30.0,
) -> None:
    """Take in what the sources deliver, and measure. Prints the account of every source row."""
    from charter.app.run import run as run_all
    from charter.cli.terminal import progress, say_json

    project = open_bound(workspace)
    with progress(quiet or as_json) as advance:
        report = run_all(project, only=tuple(sources or ()), again=again, wait_seconds=wait, advance=advance)
    if as_json:
        say_json(report.as_dict())
    else:
        tell_run(report)
    if report.refused:
        raise typer.Exit(1)


def tell_run(report: RunReport) -> None:
    """Prints the account of a run: what became of each source row, by entity; then what was refused, and why."""
    from charter.app import findings as told
    from charter.cli.terminal import escaped, marked, say, say_table

    for finding, alike in report.findings_alike():
        print(told.as_text(finding), file=sys.stderr)
        if alike:
            print(f"  and {alike:,} more deliveries like it", file=sys.stderr)
    heads = ("source", "deliveries", "received", "accepted", "unchanged", "superseded", "excluded", "quarantined", "account")
    rows = [
        (
            escaped(f"{line.source}/{line.entity}"),
            f"{line.deliveries:,}",
            *(f"{count:,}" for count in line.counts),
            marked("balances", "green") if line.balances else marked("DOES NOT BALANCE", "bold red"),
        )
        for line in report.by_entity()
    ]
    if rows:
        say_table(heads, rows, right=range(1, 8), whole=(0, 8), spare=(6, 5, 4, 1))
    for line in report.by_entity():
        for reason, count in line.excluded_by_reason:
            say(f"  {line.source}/{line.entity}: {count:,} excluded: {reason}", "dim")
        for rule, waiver, count in line.waived:
            say(f"  {line.source}/{line.entity}: {count:,} that broke {rule} passed by {waiver}", "yellow")
    for refused in report.accounts:
        if refused.refused_because:
            say(
                f"  {refused.source}/{refused.entity}: {refused.delivery} was refused: {refused.refused_because.partition(' ')[0]}",
                "red",
            )
    say(report.in_words())
    if report.tasks and (told_tasks := report.tasks.in_words()):
        say(told_tasks)
    held_by = "draft" if report.revision is None else f"revision {report.revision}"
    say(f"model {report.model_hash[:12]} ({held_by}), lake snapshot {report.snapshot}", "dim")


def number(
    metric: Annotated[str, typer.Argument(help="Name of the metric, such as digital-order-ratio.")],
    at: ScopeOption = "group",
    period: Annotated[
        str | None, typer.Option("--period", help="2013, 2013-Q2, 2013-06, 2013-06-07 or from/to (the last day is out).")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="region, market, branch, month, or one of the metric's dimensions.")
    ] = None,
    org_as_of: Annotated[
        str | None, typer.Option("--org-as-of", help="Restate with the organisation as it stood on this day.")
    ] = None,
    known_at: KnownAtOption = None,
    restated: Annotated[
        bool, typer.Option("--restated", help="Of a closed period: by today's facts and model instead of as it was closed.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="What changed since the period before and why: causes that sum exactly.")
    ] = False,
    against: Annotated[str | None, typer.Option("--against", help="With --changed: the period to compare with.")] = None,
    worklist: Annotated[bool, typer.Option("--worklist", help="The accounts whose manual orders could have been digital.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="Rows of the worklist.")] = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one number with everything that explains it. Its passport, why it is not certified, and its breakdown."""
    from charter.app.codes import APP036
    from charter.app.number import number as ask
    from charter.app.number import worklist as ask_worklist
    from charter.cli.terminal import escaped, progress, say, say_json, say_table

    project = open_bound(workspace)
    if worklist:
        rows = ask_worklist(project, metric, at, period, limit=limit)
        if as_json:
            say_json(rows)
        elif not rows:
            say("no account orders by hand so often that it is worth a call: three manual orders in the period make one")
        else:
            say_table(tuple(rows[0]), [[escaped("" if cell is None else cell) for cell in row.values()] for row in rows])
        return
    if changed or against:
        for option, given in (("--known-at", known_at), ("--org-as-of", org_as_of), ("--restated", restated)):
            if given:
                raise APP036.exception(option=option, what="--changed", reason="")
        _tell_change(project, metric, at, period, against, by, as_json)
        return
    with progress(as_json) as advance:
        answer = ask(project, metric, at, period, by=by, org_as_of=org_as_of, known_at=known_at, restated=restated, advance=advance)
    if as_json:
        say_json(answer.as_dict())
    else:
        tell_number(answer)


def _tell_change(
    project: Project, metric: str, at: str, period: str | None, against: str | None, by: str | None, as_json: bool
) -> None:
    from charter.app.change import change
    from charter.cli.terminal import progress, say_json

    with progress(as_json) as advance:
        report = change(project, metric, at, period, against=against, by=by, advance=advance)
    if as_json:
        say_json(report.as_dict())
    else:
        tell_change(report)


def tell_change(report: ChangeReport) -> None:
    """Prints both numbers and the change, then its causes, then the parts that made it."""
    from charter.app.wording import told
    from charter.cli.terminal import escaped, say, say_table

    was, is_now = report.before, report.after
    say(f"{is_now.number.title}, {is_now.number.scope}, {is_now.period} against {was.period}", "bold")
    lines = [(one.period, told(one.number.figure, report.unit), f"n {one.number.n:,}", one.state) for one in (was, is_now)]
    lines.append(("change", "–" if report.total is None else report.moved(report.total), "", ""))
    say_table(("", "", "", ""), lines)
    say_table(("", ""), [(f"  {escaped(name)}", value) for name, value in report.cause_lines()], right=(1,))
    if report.why_none:
        say(f"  {report.why_none}", "yellow")
    if report.problem:
        say(f"  not split: {report.problem.message}", "yellow")
    if report.parts:
        say()
        if any(one.adjustment and one.adjustment.total for one in (was, is_now)):
            say("the parts are told by today's facts and model, not as closed", "dim")
        heads, rows = report.table()
        say_table(heads, [[escaped(cell) for cell in row] for row in rows], right=range(1, len(heads)))


def tell_number(answer: NumberAnswer) -> None:
    """Prints a number: the answer first, then why, then the parts."""
    from charter.cli.terminal import escaped, say, say_table, status_mark

    say(f"{answer.title}, {answer.scope}, {answer.period}", "bold")
    heads, rows = answer.facts()
    say_table(heads, [[row[0], status_mark(row[1]) if row[0] == "status" else escaped(row[1])] for row in rows])
    for reason in answer.why_not_certified:
        say(f"  not certified: {reason}", "yellow")
    if answer.breakdown:
        say()
        heads, table = answer.table()
        say_table(heads, [[escaped(cell) for cell in row] for row in table], right=range(1, len(heads)))
    say()
    for line in answer.passport_lines():
        say(line, "dim")


def scorecard(
    at: ScopeOption = "group",
    period: Annotated[str | None, typer.Option("--period", help="A month (2013-06); else the last whole one.")] = None,
    pack: Annotated[
        Path | None, typer.Option("--pack", help="Write the period's review into this folder, as XLSX and Markdown.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --pack: replace files that are there already.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every metric of a scope, with target and status. Twelve months of trend stand beside."""
    from charter.app.scorecard import scorecard as ask
    from charter.cli.terminal import say_json

    project = open_bound(workspace)
    if pack is not None:
        _write_pack(project, at, period, pack, force, as_json)
        return
    card = ask(project, at, period, day_of(as_of, project))
    if as_json:
        say_json(card.as_dict())
        return
    tell_scorecard(card)


def tell_scorecard(card: Scorecard) -> None:
    """Prints a scorecard."""
    from charter.cli.terminal import escaped, is_wide, marked, say, say_table, sparkline, status_mark

    say(f"{card.title}, {card.scope}, {card.period}", "bold")
    for line in card.states():
        say(line, "dim")
    roomy = is_wide(150)
    rows = [
        (
            escaped(row.title),
            row.value_text,
            row.target_text,
            status_mark(row.status),
            f"{row.n:,}" if row.n is not None else "",
            "yes" if row.certified else marked(escaped(row.why_not or "no") if roomy else "no", "yellow"),
            sparkline(row.trend),
            escaped(row.owner or "vacant"),
        )
        for row in card.rows
    ]
    heads = ("metric", "value", "target", "status", "n", "certified", "12 months", "accountable")
    say_table(heads, rows, right=(1, 2, 4), whole=(3, 6, 7), spare=(6, 7))
    for reason, titles in () if roomy else card.why_not_certified():
        say(f"  not certified: {reason}: {titles}", "yellow")
    for title, value, moved in card.restated():
        say(f"  since the close: {title} is {value} today{f', {moved}' if moved else ''}", "yellow")
    reached = card.objective_table()
    if reached:
        say()
        lines = [(escaped(row[0]), *row[1:4], status_mark(row[4]), row[5]) for row in reached]
        say_table(("objective", "reached", "interval (95 %)", "target", "status", "budget"), lines, right=(1, 3), whole=(2, 4))


def _write_pack(project: Project, at: str, period: str | None, folder: Path, force: bool, as_json: bool) -> None:
    from charter.app.pack import pack as write
    from charter.cli.terminal import progress, say, say_json

    with progress(as_json) as advance:
        done = write(project, at, period, folder, force=force, advance=advance)
    if as_json:
        say_json(done.as_dict())
        return
    for file in done.files:
        say(f"written: {file}")
    say(f"{done.numbers:,} numbers, {done.closed:,} of them closed")
