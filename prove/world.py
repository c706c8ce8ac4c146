"""A small generated group in a folder of its own, and processes that work on it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.app.whole import is_whole
from tests.nordfrost.group import write_demo

from charter.app.project import open_project

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / "var" / "prove"
LATE = "ended before the kill"


def made(name: str, *, orders: int, months: int) -> Path:
    """Answers the folder of a new group."""
    folder = SCRATCH / name / "group"
    shutil.rmtree(folder.parent, ignore_errors=True)
    write_demo(folder, seed=5, orders=orders, months=months)
    return folder


def copied(folder: Path, name: str) -> Path:
    """Answers a fresh copy of a group, in a place of its own."""
    copy = SCRATCH / name / "group"
    shutil.rmtree(copy.parent, ignore_errors=True)
    shutil.copytree(folder, copy)
    return copy


def child(what: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Starts `prove.child`."""
    command = [sys.executable, "-m", "prove.child", what, str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> Any:
    """Answers what a child printed, once it has ended well."""
    out, err = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(err)
    return json.loads(out) if out else None


def phases(folder: Path) -> list[str]:
    """Answers the phases that the last run of a folder began."""
    log = folder.parent / "phases.log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def killed(act: str, folder: Path, undisturbed: Sequence[str], seconds: float, number: int, chance: random.Random) -> str:
    """Starts an act and kills it: every other time at the n-th beginning of a phase, else after a random time. Answers where.

    `undisturbed` are the phases that the act goes through when nobody disturbs it, `seconds` how long it takes then.
    """
    known = sorted(set(undisturbed))
    if number % 2 and known:
        phase = known[(number // 2) % len(known)]
        process = child(act, folder, CHARTER_KILL_AT=f"{phase}:{chance.randint(1, undisturbed.count(phase))}")
    else:
        process = child(act, folder)
        try:
            process.wait(chance.uniform(0.3, 1.0) * seconds)
        except subprocess.TimeoutExpired:  # the time is up: that is the instant
            process.kill()
    _, err = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(err)
    if process.returncode == 0:
        return LATE
    is_whole(open_project(folder))
    began = phases(folder)
    return began[-1] if began else "before the first phase"
