"""The command that writes files for other tools: export."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, ScopeOption, WorkspaceOption, open_bound

if TYPE_CHECKING:
    from charter.app.export import Exported


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(export)


def export(
    what: Annotated[str | None, typer.Argument(help="A table, `number` or `scorecard`; without: what there is.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="METRIC", help="Which number.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The file: *.parquet, *.csv or *.xlsx.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="parquet, csv or xlsx, whatever the file is called.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="First day of a table's rows (2024-01-01).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="First day that is out.")] = None,
    at: ScopeOption = "group",
    period: Annotated[str | None, typer.Option("--period", help="Of a number or a scorecard: 2013-06, 2013-Q2, 2013.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Of a number: region, market, branch, month or a dimension.")] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="CSV that Excel opens as it is: a byte order mark; ' before what looks like a formula.")
    ] = False,
    personal: Annotated[bool, typer.Option("--with-personal-data", help="With the columns that can tell of a person.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a table, a number or a scorecard for Power BI and Excel. Parquet, CSV or XLSX; text stays text, numbers bring their passport."""
    from charter.app.codes import APP032
    from charter.app.export import Wanted
    from charter.app.export import export as write
    from charter.app.project import parse_day
    from charter.cli.terminal import progress, say_json

    if what is None:
        tell_exportable(as_json)
        return
    if to is None:
        raise APP032.exception(file=f"{what}?", form="--to is missing")
    days = (parse_day(begin) if begin else None, parse_day(until) if until else None)
    wanted = Wanted(what, name, *days, at, period, by, personal)
    project = open_bound(workspace)
    with progress(quiet or as_json) as advance:
        done = write(project, wanted, to, form=form, force=force, excel=excel, advance=advance)
    if as_json:
        say_json(done.as_dict())
    elif not quiet:
        tell_exported(done)


def tell_exportable(as_json: bool) -> None:
    """Prints every table with the columns by which its rows can be chosen."""
    from charter.app.sheet import exportable
    from charter.cli.terminal import escaped, is_wide, say, say_json, say_table

    found = exportable()
    if as_json:
        say_json(
            [
                {"table": one.table, "meaning": one.meaning, "day": one.day, "scope": one.scope, "personal": one.personal}
                for one in found
            ]
        )
        return
    roomy = is_wide(110)
    say_table(
        ("table", "--from, --until", "--at", "left out", *(("a row is",) if roomy else ())),
        [
            (one.table, one.day, one.scope, ", ".join(one.personal), *((escaped(_begin(one.meaning)),) if roomy else ()))
            for one in found
        ],
        whole=(0, 1, 2),
    )
    say("and: number METRIC, scorecard. `charter export fact_order --to orders.xlsx`", "dim")


def _begin(meaning: str) -> str:
    """The first words of a meaning, up to what explains them."""
    return re.split(r"[,:;(]|\.$", meaning, maxsplit=1)[0].strip()


def tell_exported(done: Exported) -> None:
    """Prints what was written, and what was not."""
    from charter.cli.terminal import say
    from charter.cli.upkeep import bytes_told

    say(f"{done.file}: {done.rows:,} {'row' if done.rows == 1 else 'rows'}, {bytes_told(done.bytes)}, {done.seconds:.1f} s")
    if done.passport:
        say(f"its passport: {done.passport}", "dim")
    if done.left_out:
        say(f"left out, for they can tell of a person: {', '.join(done.left_out)} (--with-personal-data)", "yellow")
    if done.cut:
        say(f"texts longer than a cell of Excel, cut: {done.cut:,} (CSV and Parquet have them whole)", "yellow")
