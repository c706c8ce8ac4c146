"""The page about matching, executed: its files are written, its commands run, and what they print is what it shows."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.docs.console import blocks, commands, run_as_shown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "match-accounts.md"


def test_the_page_about_matching_runs_and_prints_what_it_shows(tmp_path: Path) -> None:
    place, ran = tmp_path, 0
    for kind, body in blocks(PAGE.read_text()):
        if " file=" in kind:
            path = place / kind.partition(" file=")[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        elif kind == "console":
            for command, expected in commands(body):
                words = shlex.split(command)
                if words[0] == "cd":
                    place = place / words[1]
                    continue
                run_as_shown(command, expected, place)
                ran += 1
    assert ran >= 10
