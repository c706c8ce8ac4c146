"""What people see in a terminal of their own width: words stay whole, and what has no room is named, never just gone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from charter.app.init import init

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def in_terminal(columns: int, *arguments: str, cwd: Path) -> list[str]:
    """What the command prints in a terminal of so many columns, line by line, without its colours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = [sys.executable, "-m", "charter.cli.main", *arguments]
    running = subprocess.Popen(command, cwd=cwd, stdout=slave, stderr=slave, env={**environment, "TERM": "xterm"})
    os.close(slave)
    said = b""
    try:
        while part := os.read(master, 65536):
            said += part
    except OSError:  # how Linux tells that the other end is closed
        pass
    running.wait()
    os.close(master)
    return [line.rstrip() for line in _STYLE.sub("", said.decode()).replace("\r", "").split("\n")]


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    init(tmp_path / "new", name="new", currency="EUR", time_zone="Etc/UTC")
    return tmp_path / "new"


def test_a_wide_terminal_shows_every_column(owned: Path) -> None:
    told = in_terminal(160, "owners", cwd=owned)
    assert told[1].split() == ["object", "facet", "accountable", "accepted", "held", "at", "since", "origin"]
    assert not any("no room" in line for line in told)


@pytest.mark.parametrize("columns", [72, 80])
def test_a_narrow_one_leaves_columns_out_by_name_and_breaks_no_reference(owned: Path, columns: int) -> None:
    told = in_terminal(columns, "owners", cwd=owned)
    assert all(len(line) <= columns for line in told)
    assert any(line.strip().startswith("Metric:digital-order-ratio ") for line in told)
    (room,) = [line for line in told if line.startswith("no room for: ")]
    assert "origin" in room and "origin" not in told[1]


def test_a_pipe_gets_everything(owned: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "charter.cli.main", "owners"], cwd=owned, capture_output=True, text=True, check=True
    )
    heads = done.stdout.splitlines()[0].split("\t")
    assert heads == ["object", "facet", "accountable", "accepted", "held at", "since", "origin"]
