"""The commands that ask the model: check, show, why, test, accept, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import (
    AsOfOption,
    JsonOption,
    KnownAtOption,
    ScopeOption,
    WorkspaceOption,
    day_of,
    open_bound,
    open_here,
    open_known,
)

if TYPE_CHECKING:
    from charter.model.model import Answer


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(check)
    app.command()(show)
    app.command()(why)
    app.command()(test)
    app.command()(owners)
    app.command()(accept)


def check(
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    form: Annotated[str, typer.Option("--format", help="text, json or sarif.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail as well.")] = False,
) -> None:
    """Say everything that is wrong with the documents. Exit 1 if there is an error."""
    from charter.app import findings as told
    from charter.app.catalog import all_codes
    from charter.app.check import check as run_check
    from charter.app.codes import APP001
    from charter.cli.terminal import say, say_json
    from charter.errors import Severity

    if form not in ("text", "json", "sarif"):
        raise APP001.exception(form=form)
    project = open_here(workspace)
    found = run_check(project, day_of(as_of, project))
    if form == "json":
        say_json([told.as_dict(finding) for finding in found])
    elif form == "sarif":
        print(told.as_sarif(found, all_codes()))
    else:
        for finding in found:
            say(told.as_text(finding), {Severity.ERROR: "red", Severity.WARNING: "yellow"}.get(finding.severity))
        say(f"{len(project.workspace.documents):,} documents, {told.summary(found)}")
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(finding.severity in failing for finding in found):
        raise typer.Exit(1)


def show(
    ref: Annotated[str, typer.Argument(help="Kind:name, or a kind for a list.")],
    at: ScopeOption = "group",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document as it holds at a scope on a day. Each value stands with the place that it comes from."""
    from charter.app.show import show as run_show
    from charter.cli.terminal import escaped, marked, say, say_json, say_table

    project = open_known(workspace, known_at)
    shown = run_show(project, ref, at, day_of(as_of, project))
    if as_json:
        say_json(shown.as_dict())
        return
    say(f"{shown.title}", "bold")
    say_table(
        shown.heads,
        [[escaped(row[0]), escaped(row[1]), *(marked(escaped(cell), "dim") for cell in row[2:])] for row in shown.rows],
    )


def why(
    ref: Annotated[str, typer.Argument(help="Kind:name, such as Metric:digital-order-ratio.")],
    path: Annotated[str, typer.Argument(help="Path of the value, such as spec.target.")],
    at: ScopeOption = "group",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what holds for one value at a scope, and why. Shows each layer, each lock, who won and who lost."""
    from charter.app.why import answer_as_dict, answer_as_text
    from charter.app.why import why as run_why
    from charter.cli.terminal import say, say_json

    project = open_known(workspace, known_at)
    answer: Answer = run_why(project, ref, path, at, day_of(as_of, project))
    if as_json:
        say_json(answer_as_dict(answer))
        return
    lines = answer_as_text(answer)
    say(lines[0], "bold")
    for line in lines[1:]:
        say(line, "green" if line.endswith("wins") else None)


def test(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Run the workspace's own tests. These are its documents of kind ...Test; exit 1 if one fails."""
    from charter.app.test import run_tests
    from charter.cli.terminal import say, say_json

    results = run_tests(open_here(workspace))
    if as_json:
        say_json([result.as_dict() for result in results])
    else:
        for result in results:
            if not result.passed:
                say(f"{result.origin}: failed {result.name}: {result.told}", "red")
        failed = sum(1 for result in results if not result.passed)
        say(f"{len(results) - failed} passed, {failed} failed", "red" if failed else "green")
    if any(not result.passed for result in results):
        raise typer.Exit(1)


def owners(
    at: ScopeOption = "group",
    person: Annotated[str | None, typer.Option("--person", help="Only what this person answers for.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only what is not accepted yet.")] = False,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who answers for what at a scope on a day. Accountable, responsible, accepted or not, and vacancies."""
    from charter.app.ownership import owners_at
    from charter.cli.terminal import escaped, marked, say_json, say_table

    project = open_bound(workspace)
    rows = owners_at(project, at, day_of(as_of, project), person=person, pending=pending)
    if as_json:
        say_json([row.as_dict() for row in rows])
        return
    heads = ("object", "facet", "accountable", "accepted", "held at", "since", "origin")
    say_table(
        heads,
        [
            (
                escaped(row.object),
                row.facet,
                escaped(row.person) if row.person else marked("vacant", "red"),
                row.accepted_on or ("" if row.person is None else marked("not accepted", "yellow")),
                row.scope,
                row.since or "",
                marked(escaped(row.origin or ""), "dim"),
            )
            for row in rows
        ],
        whole=(0, 2, 3),
        spare=(6, 1, 5, 4),
    )


def accept(
    person: Annotated[str, typer.Argument(help="Who accepts: person/name.")],
    ref: Annotated[str, typer.Argument(help="What: a Ref such as Metric:digital-order-ratio.")],
    at: ScopeOption = "group",
    facet: Annotated[str, typer.Option("--facet", help="Facet of the ownership.")] = "*",
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Record that a person accepts an ownership. The documents must give it to them; the record is append-only."""
    from charter.app.ownership import accept_ownership
    from charter.cli.terminal import say

    project = open_bound(workspace)
    say(accept_ownership(project, person, ref, at, facet, day_of(as_of, project)))
