"""What pages show of a terminal, run and compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path


def blocks(text: str) -> list[tuple[str, str]]:
    """Answers the fenced blocks of a page: what stands behind the fence, and the body."""
    return re.findall(r"^```(\w+(?: file=\S+)?)\n(.*?)^```$", text, re.M | re.S)


def commands(body: str) -> list[tuple[str, list[str]]]:
    """Answers the commands of a console block, each with the lines that it is to print."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def pattern(expected: list[str]) -> re.Pattern[str]:
    """`...` on a line of its own stands for any lines; within a line for any part of it."""
    parts = [r"(?:[^\n]*\n)*?" if line == "..." else r"[^\n]*".join(map(re.escape, line.split("..."))) + r"\n" for line in expected]
    return re.compile("".join(parts))


def run_as_shown(command: str, expected: list[str], place: Path) -> None:
    """Runs a command of the page in the folder; fails where it prints anything else than the page shows."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHARTER_", "COV"))}
    words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", "charter.cli.main", *words[1:]], cwd=place, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode in (0, 1), (command, done.stderr)
    if expected:
        assert pattern(expected).fullmatch(done.stdout), f"{command}\n{done.stdout}\n{done.stderr}"
