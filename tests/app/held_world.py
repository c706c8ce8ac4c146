"""Two orders that are held, and what would release them."""

from __future__ import annotations

from pathlib import Path

UNKNOWN = "987"
"""A branch by a code that no list has."""


def hold_two(place: Path) -> None:
    """Two orders by phone name a branch that no list has: they are held."""
    lines = place.read_text().splitlines()
    heads = lines[0].split("\t")
    rows = [dict(zip(heads, line.split("\t"), strict=True)) for line in lines[1:]]
    for row in [row for row in rows if row["source_code"] == "60" and row["doc_type"] == "N" and row["acknowledged"]][:2]:
        row["site"] = UNKNOWN
    place.write_text("\n".join([lines[0], *("\t".join(row.values()) for row in rows)]) + "\n")
