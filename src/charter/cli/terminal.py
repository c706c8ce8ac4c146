"""What people see: tables, sparklines, marks and progress; plain text where the output is piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_BLOCKS = "▁▂▃▄▅▆▇█"
STATUS_MARKS = {
    "met": ("✓", "green"),
    "missed": ("✗", "bold red"),
    "at_risk": ("~", "yellow"),
    "not_enough_data": ("·", "dim"),
    "unknown": ("?", "dim"),
}


def console(stderr: bool = False) -> Console:
    """Answers the console; without a terminal there is no colour, and lines are not wrapped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(stderr=stderr, highlight=False, soft_wrap=False)
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=200, no_color=True)


def say_json(value: Any) -> None:
    """Prints JSON: decimals as strings, dates in ISO 8601, keys in the order given."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def say_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Iterable[int] = (),
    whole: Iterable[int] = (),
    spare: Iterable[int] = (),
) -> None:
    """Prints a table; columns in `right` are aligned at the end, and not broken, as those in `whole`. Piped: tab-separated, with the heads.

    Where the terminal is too narrow, columns of `spare` are left out, the first one first, and a line names them. Heads that
    are all empty are left out.
    """
    cells = [[("" if value is None else value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        if any(heads):
            print("\t".join(heads))
        for row in cells:
            print("\t".join(_strip(str(value)) for value in row))
        return
    from rich import box
    from rich.table import Table

    ends, kept = set(right), set(right) | set(whole)
    shown = any(heads)
    out = _without_room([_room(head, [row[at] for row in cells], at in kept) for at, head in enumerate(heads)], list(spare))
    table = Table(
        box=box.SIMPLE_HEAD if shown else None, pad_edge=False, header_style="bold", show_header=shown,
        padding=(0, 0 if shown else 3, 0, 0),
    )  # fmt: skip
    for index, head in enumerate(heads):
        if index not in out:
            table.add_column(head, justify="right" if index in ends else "left", overflow="fold", no_wrap=index in kept)
    for row in cells:
        table.add_row(*(str(value) for at, value in enumerate(row) if at not in out))
    console().print(table)
    if out:
        say(f"no room for: {', '.join(heads[at] for at in sorted(out))} (widen the terminal, or --json)", "dim")


def _room(head: str, cells: Iterable[Any], is_whole: bool) -> int:
    """The columns of text that a column needs: for its longest cell, or where it may be broken for its longest word."""
    from rich.text import Text

    parts = (part for cell in (head, *cells) for part in Text.from_markup(str(cell)).plain.split("\n" if is_whole else None))
    return max(map(len, parts), default=0)


def _without_room(rooms: Sequence[int], spare: Sequence[int]) -> frozenset[int]:
    """Answers which spare columns are to be left out, so that the others have room."""
    out: set[int] = set()
    for index in spare:
        needed = sum(room + 1 for at, room in enumerate(rooms) if at not in out)
        if needed <= console().width:
            break
        out.add(index)
    return frozenset(out)


def is_wide(columns: int) -> bool:
    """Answers whether so many columns of text have room: in the terminal, or always in a pipe."""
    return not sys.stdout.isatty() or console().width >= columns


def say(text: str = "", style: str | None = None) -> None:
    """Prints one line (rich markup is not interpreted)."""
    if sys.stdout.isatty() and style:
        console().print(text, style=style, markup=False)
    else:
        print(text)


def marked(text: str, style: str) -> str:
    """Answers the text with a style for `say_table`, which strips it where the output is piped."""
    return f"[{style}]{text}[/{style}]" if sys.stdout.isatty() else text


def escaped(text: object) -> str:
    """Answers text from data as it may stand in a table cell: its brackets are no markup."""
    if not sys.stdout.isatty():
        return str(text)
    from rich.markup import escape

    return escape(str(text))


def _strip(text: str) -> str:
    return " ".join(text.split("\t")).replace("\n", " ")


def status_mark(status: str) -> str:
    """Answers glyph and word for a status, in this order of trust: glyph, word, colour."""
    glyph, style = STATUS_MARKS.get(status, ("?", "dim"))
    return marked(f"{glyph} {status.replace('_', ' ')}", style)


def sparkline(values: Sequence[Decimal | None]) -> str:
    """Answers a small chart of the values; what is not known is a dot, not a zero."""
    known = [value for value in values if value is not None]
    if not known:
        return "·" * len(values)
    low, high = min(known), max(known)
    span = high - low
    marks = []
    for value in values:
        if value is None:
            marks.append("·")
        else:
            step = int((value - low) / span * (len(_BLOCKS) - 1)) if span else len(_BLOCKS) // 2
            marks.append(_BLOCKS[step])
    return "".join(marks)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Any]:
    """Yields `advance(task, done, total, unit)`; shown on stderr only if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        known: dict[str, Any] = {}

        def advance(name: str, done: int = 0, total: int | None = None, unit: str = "rows") -> None:
            if name not in known:
                known[name] = bar.add_task(name, total=total, told="")
            elapsed = bar.tasks[bar.task_ids.index(known[name])].elapsed or 0.0
            rate = f", {done / elapsed:,.0f} {unit}/s" if elapsed > 0.5 and done else ""
            told = f"{done:,} {unit}{rate}" if done else ""
            bar.update(known[name], completed=done, total=total, told=told)

        yield advance
