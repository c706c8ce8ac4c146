"""A section of a review: rows of cells that a workbook takes as values and Markdown as words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.app.spreadsheet import Page

Cell = tuple[Any, str]
"""A value as it is, and how it is told."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


@dataclass(frozen=True)
class Section:
    """A table with its title; `empty` is said where it has no row. `only_sheet`: too long for a text to be read."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str
    after: str = ""
    sheet: str = ""
    only_sheet: bool = False


def text(value: str) -> Cell:
    """Answers a cell of text."""
    return value, value


def as_page(section: Section) -> Page:
    """Answers the section as a sheet of typed values."""
    return Page(section.sheet or section.title, section.heads, [[value for value, _ in row] for row in section.rows])


def as_markdown(title: str, preface: Sequence[str], sections: Sequence[Section]) -> str:
    """Answers the sections as Markdown: numbers to the right, and nothing that a name holds is read as markup."""
    parts = [f"# {_plain(title)}", "\n".join(f"- {_plain(line)}" for line in preface)]
    for section in sections:
        if section.only_sheet:
            continue
        parts.append(f"## {_plain(section.title[:1].upper() + section.title[1:])}")
        parts.append(_table(section) if section.rows else _plain(section.empty))
        parts += [_plain(section.after)] * bool(section.after)
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(section: Section) -> str:
    right = [all(not isinstance(row[at][0], str) for row in section.rows) for at in range(len(section.heads))]
    lines = [_line(section.heads), _line(["---:" if one else "---" for one in right], plain=False)]
    lines += [_line([told for _, told in row]) for row in section.rows]
    return "\n".join(lines)


def _line(cells: Sequence[str], *, plain: bool = True) -> str:
    return f"| {' | '.join(_plain(cell) if plain else cell for cell in cells)} |"


def _plain(value: str) -> str:
    told = "".join(sign for sign in " ".join(value.split()) if sign.isprintable())
    return _SPECIAL.sub(r"\\\1", told)
