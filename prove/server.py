"""PostgreSQL killed in the middle of a run, and the run killed as well: each time done again, and held against an undisturbed one.

The server goes by SIGKILL, postmaster and backends at once, as a machine that loses its power does.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.growing import ELSEWHERE, IN_POSTGRES, settle_in, write_group
from tests.postgres import PASSWORD, Postgres, running

from prove.world import LATE, SCRATCH, child, ended, killed, phases

FAMILY = ("WHS022", "WHS025", "STA001")
"""By what a run may tell that the server went away."""
Killed = tuple[str, str, list[str]]


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: what it left in lake and state, how long it took and what it went through."""

    tables: dict[str, str]
    tasks: dict[str, Any]
    seconds: float
    phases: list[str]


def run(wanted: int = 100, of_charter: int = 20, seed: int | None = None) -> dict[str, object]:
    """Answers how many kills there were, in which phase, by which code the run told of it, and what differed afterwards (nothing)."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    with running() as server:
        folder = grown("server")
        with told_where(server):
            undisturbed = _undisturbed(server, folder)
            storms = {
                "server": _storm(server, folder, undisturbed, wanted, seed, _kill_server),
                "charter": _storm(server, folder, undisturbed, of_charter, seed, _kill_charter),
            }
    return {"seed": seed, **storms, "passed": all(one["passed"] for one in storms.values())}


def grown(name: str, *, days: int = 2, orders: int = 9) -> Path:
    """Answers the folder of a new group whose catalog and state are in PostgreSQL, and its data beside it."""
    folder = SCRATCH / name / "group"
    shutil.rmtree(folder.parent, ignore_errors=True)
    write_group(folder, days=days, orders=orders)
    settle_in(folder, IN_POSTGRES + ELSEWHERE)
    return folder


@contextmanager
def told_where(server: Postgres) -> Iterator[None]:
    """In the block the environment says where catalog and state are."""
    mine = {"GROWING_CATALOG": server.address(), "GROWING_STATE": server.url()}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]


def emptied(server: Postgres, folder: Path) -> None:
    """Makes catalog, state and data what they are before the first run."""
    with server.admin("lake") as connection:
        connection.execute("DROP SCHEMA IF EXISTS charter CASCADE")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public AUTHORIZATION lake")
    for place in (folder / ".charter", folder.parent / "elsewhere"):
        shutil.rmtree(place, ignore_errors=True)
    (folder.parent / "phases.log").unlink(missing_ok=True)


def _undisturbed(server: Postgres, folder: Path) -> Undisturbed:
    emptied(server, folder)
    begin = time.perf_counter()
    ended(child("run", folder))
    seconds = time.perf_counter() - begin
    went = phases(folder)
    left = ended(child("finish", folder))
    return Undisturbed(left["tables"], left["tasks"], seconds, went)


def _storm(server: Postgres, folder: Path, undisturbed: Undisturbed, wanted: int, seed: int, kill: Any) -> dict[str, Any]:
    found: list[Killed] = []
    while (number := len(found)) < 2 * wanted and sum(where != LATE for where, _, _ in found) < wanted:
        emptied(server, folder)
        where, code = kill(server, folder, undisturbed, number, random.Random(f"{seed}-{number}"))
        left = ended(child("finish", folder))
        tables, tasks = left["tables"], left["tasks"]
        different = sorted(name for name in tables if tables[name] != undisturbed.tables[name])
        different += ["tasks"] * (tasks != undisturbed.tasks) + ([code] if code.startswith("NOT TOLD") else [])
        found.append((where, code, different))
        print(
            f"{kill.__name__} {number + 1}: {where} {code} {' DIFFERENT ' if different else ''}{different or ''}",
            file=sys.stderr,
            flush=True,
        )
    done = sum(where != LATE for where, _, _ in found)
    different = [f"{where}: {', '.join(tables)}" for where, _, tables in found if tables]
    return {
        "wanted": wanted, "killed": done, "by_phase": dict(Counter(where for where, _, _ in found)),
        "told_by": dict(Counter(code for _, code, _ in found)), "tasks": len(undisturbed.tasks), "different": different,
        "passed": done >= wanted and not different,
    }  # fmt: skip


def _kill_server(server: Postgres, folder: Path, undisturbed: Undisturbed, number: int, chance: random.Random) -> tuple[str, str]:
    """Every other time at the n-th beginning of a phase, else after a random time; then the server is started again."""
    known = sorted(set(undisturbed.phases))
    process = child("told", folder)
    if number % 2 and known:
        phase = known[(number // 2) % len(known)]
        _wait_for(process, folder, phase, chance.randint(1, undisturbed.phases.count(phase)))
    else:
        with_pause(process, chance.uniform(0.2, 1.0) * undisturbed.seconds)
    there = process.poll() is None
    server.kill()
    try:
        out, err = process.communicate(timeout=120)
    finally:
        server.start()
    if not there:
        return LATE, "ended"
    began = phases(folder)
    where = began[-1] if began else "before the first phase"
    return where, _code(process.returncode, out, err)


def _code(returncode: int, out: str, err: str) -> str:
    import json

    if returncode != 0 or "Traceback" in err or "terminate called" in err:
        return f"NOT TOLD: exit {returncode}: {' | '.join(err.strip().splitlines()[-4:])[:600]}"
    told = json.loads(out)
    if PASSWORD in out + err:
        return "NOT TOLD: the password was told"
    if told["code"] is None:
        return f"committed; tasks: {told['tasks']}" if told["tasks"] else "committed"
    return str(told["code"]) if told["code"] in FAMILY else f"NOT TOLD: {told['code']} {told['message'][:200]}"


def _kill_charter(_: Postgres, folder: Path, undisturbed: Undisturbed, number: int, chance: random.Random) -> tuple[str, str]:
    return killed("run", folder, undisturbed.phases, undisturbed.seconds, number, chance), "killed"


def _wait_for(process: subprocess.Popen[str], folder: Path, phase: str, count: int) -> None:
    while process.poll() is None and phases(folder).count(phase) < count:
        time.sleep(0.001)


def with_pause(process: subprocess.Popen[str], seconds: float) -> None:
    """Waits so long, or until the process has ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
