"""Drives a run: a month's exports written, taken in by the product and by hand, deleted; then the cube, the reading, the check.

Each step is a process of its own, so that its peak memory is its own, and is written down when it is done. A run that is killed
begins again with the step it was in: files that are not whole are written anew, and what the product took in stays taken in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

from bench.large.exports import write_month
from bench.large.journal import Journal
from bench.large.size import Size
from bench.large.watch import folder_bytes
from bench.large.workspace import write_workspace
from charter.app.project import open_project

GB = 1e9


class Stopped(Exception):
    """A step ended otherwise than it should."""


def drive(size: Size, journal: Journal, *, disk_limit_bytes: int, by_hand: bool = True, maintain_every: int = 6) -> None:
    """Does all steps that are not done yet."""
    if not journal.entries:
        journal.add(-1, "begun", orders=size.orders, months=size.months)
    begun = journal.of("begun")[0]
    if (begun["orders"], begun["months"]) != (size.orders, size.months):
        raise Stopped(f"{size.folder} holds a run of {begun['orders']:,} orders and {begun['months']} months")
    write_workspace(size.workspace)
    for month in range(size.months):
        if not journal.has(month, "deleted"):
            _month(size, journal, month, by_hand)
            _refuse_too_large(size, journal, disk_limit_bytes)
        if maintain_every and (month + 1) % maintain_every == 0 and not journal.has(month, "maintained"):
            told = _process(size, "ours", "maintain")
            journal.add(month, "maintained", **told, lake_bytes=folder_bytes([open_project(size.workspace).store.folder]))
            journal.tell(
                f"{size.name(month)}: maintained in {sum(told['seconds'].values()):.1f} s, peak {told['peak_bytes'] / GB:.2f} GB"
            )
    last = size.months - 1
    steps = {"rebuild": ("ours", "rebuild"), "read": ("ours", "read")}
    if by_hand:
        steps |= {"hand-cube": ("hand", "cube"), "hand-read": ("hand", "read")}
    for step, (module, what) in steps.items():
        if not journal.has(last, step):
            journal.tell(f"{step} ...")
            journal.add(last, step, **_process(size, module, what))
    journal.tell("checking each month's numbers against hand-written SQL ...")
    answer = subprocess.run(_command(size, "check"), env=_environment(), check=False, capture_output=True, text=True)
    journal.tell(answer.stdout.strip() or answer.stderr.strip())
    if answer.returncode:
        raise Stopped("the numbers are not those of the generator's rows")


def _month(size: Size, journal: Journal, month: int, by_hand: bool) -> None:
    place, name = size.workspace / "exports" / size.name(month), size.name(month)
    if not journal.has(month, "inputs") or not (place.is_dir() or journal.has(month, "taken")):
        begun = time.perf_counter()
        written = write_month(size, month)
        journal.add(month, "inputs", seconds=round(time.perf_counter() - begun, 3), bytes=written)
    if by_hand and not journal.has(month, "hand"):
        journal.add(month, "hand", **_process(size, "hand", str(month)))
    if not journal.has(month, "taken"):
        journal.tell(f"  {name} taking in {folder_bytes([place]) / GB:.2f} GB ...")
        begun = time.perf_counter()
        told = _process(size, "take", str(month))
        lake = open_project(size.workspace).store
        more = {
            "lake_bytes": folder_bytes([lake.folder]),
            "input_bytes": folder_bytes([place]),
            "hand_bytes": folder_bytes([size.hand]),
        }
        journal.add(month, "taken", wall_seconds=round(time.perf_counter() - begun, 3), **told, **more)
        phases = ", ".join(f"{phase} {spent:.1f}" for phase, spent in told["seconds"].items() if spent >= 0.05)
        journal.tell(
            f"{name}: {told['rows']['received']:,} rows in {sum(told['seconds'].values()):.1f} s (cores {sum(told['worked'].values()):.1f} s): "
            f"{phases}; peak {told['peak_bytes'] / GB:.2f} GB, lake {more['lake_bytes'] / GB:.2f} GB"
        )
    shutil.rmtree(place, ignore_errors=True)
    journal.add(month, "deleted")


def _refuse_too_large(size: Size, journal: Journal, limit: int) -> None:
    used = folder_bytes([size.folder])
    if used > limit:
        raise Stopped(
            f"{size.folder} holds {used / GB:.1f} GB, and {limit / GB:.0f} GB are allowed (--disk-gb); nothing is lost: start it again"
        )
    free = shutil.disk_usage(size.folder).free
    if free < 2 * max(one["bytes"] for one in journal.of("inputs")):
        raise Stopped(f"{free / GB:.1f} GB are free on the disk: too little for another month; nothing is lost: start it again")


def _process(size: Size, module: str, what: str) -> dict[str, Any]:
    told = size.folder / "told.json"
    told.unlink(missing_ok=True)
    done = subprocess.run([*_command(size, module), what], env=_environment(), check=False)
    if done.returncode or not told.exists():
        raise Stopped(f"{module} {what} ended with {done.returncode}; nothing is lost: start it again")
    return dict(json.loads(told.read_text(encoding="utf-8")))


def _command(size: Size, module: str) -> list[str]:
    return [sys.executable, "-m", f"bench.large.{module}", str(size.folder), str(size.orders), str(size.months)]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
