"""The tutorial, executed: its files are written, its commands run, and what they print is what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorials" / "first-number.md"


def blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+(?: file=\S+)?)\n(.*?)^```$", text, re.M | re.S)


def commands(body: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def pattern(expected: list[str]) -> re.Pattern[str]:
    """`...` on a line of its own stands for any lines; at the beginning of a line for its beginning."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        elif line.startswith("..."):
            parts.append(r"[^\n]*" + re.escape(line[3:]) + r"\n")
        else:
            parts.append(re.escape(line) + r"\n")
    return re.compile("".join(parts))


def test_the_tutorial_runs_and_prints_what_it_shows(tmp_path: Path) -> None:
    place, ran = tmp_path, 0
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
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
                done = subprocess.run(
                    [sys.executable, "-m", "charter.cli.main", *words[1:]], cwd=place, env=environment, capture_output=True, text=True, check=False
                )  # fmt: skip
                assert done.returncode in (0, 1), (command, done.stderr)
                if expected:
                    assert pattern(expected).fullmatch(done.stdout), (command, done.stdout, done.stderr)
                ran += 1
    assert ran >= 9
