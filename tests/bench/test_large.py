"""The large run, very small: killed in the middle of a month and started again it ends as an undisturbed one; its check can fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.large.check import wrong
from bench.large.size import Size
from tests.app.whole import everything

from charter.app.project import open_project
from charter.warehouse.opening import open_writer

ORDERS, MONTHS = 3000, 3
# A killed process leaves no measurement of coverage; to take one only makes it slower.
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
ROOT = Path(__file__).resolve().parents[2]


def started(folder: Path) -> subprocess.Popen[str]:
    words = [
        "--orders",
        str(ORDERS),
        "--months",
        str(MONTHS),
        "--folder",
        str(folder),
        "--result",
        str(folder / "result.json"),
        "--no-hand",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "bench.large", *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, env={**UNMEASURED, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
    )  # fmt: skip


def ended(run: subprocess.Popen[str]) -> str:
    told, _ = run.communicate()
    assert run.returncode == 0, told
    return told


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    ended(started(folder))
    return folder


def tables(folder: Path) -> dict[str, list[Any]]:
    return everything(open_project(Size(folder, ORDERS, MONTHS).workspace))


def test_a_run_that_is_killed_in_the_middle_of_a_month_goes_on_with_it(undisturbed: Path, tmp_path: Path) -> None:
    killed = started(tmp_path)
    assert killed.stdout is not None
    before: list[str] = []
    for line in killed.stdout:
        before.append(line.strip())
        if before.count("2023-02 cube") == 2:  # two sources of five are being measured, or are in
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    after = ended(started(tmp_path)).splitlines()
    assert not [
        line for line in after if line.startswith("2023-01:") or "2023-01 taking in" in line
    ]  # the first month is not taken in twice
    assert [line.strip() for line in after].count("2023-02 cube") < 5 + 1
    ours, theirs = tables(tmp_path), tables(undisturbed)
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    assert not list((Size(tmp_path, ORDERS, MONTHS).workspace / "exports").iterdir())  # inputs go once they are taken in


def test_the_check_of_the_numbers_finds_one_that_is_falsified(undisturbed: Path, tmp_path: Path) -> None:
    size = Size(tmp_path / "falsified", ORDERS, MONTHS)
    shutil.copytree(undisturbed, size.folder)
    compared, found = wrong(size)
    assert (compared, found) == (8 * MONTHS, [])
    with open_writer(open_project(size.workspace).store, holder="test") as lake:
        lake.execute(
            f"UPDATE {lake.table('cube_duration')} SET seconds = seconds + 1 WHERE day >= DATE '2023-02-01' AND day < DATE '2023-02-02'"
        )
    _, found = wrong(size)
    assert {line.split(":")[0] for line in found} >= {"2023-02 order seconds", "2023-02 case seconds"}
    assert all(line.startswith("2023-02") for line in found)


def test_a_folder_of_another_size_is_refused(undisturbed: Path) -> None:
    words = ["--orders", str(ORDERS + 1), "--months", str(MONTHS), "--folder", str(undisturbed)]
    refused = subprocess.run(
        [sys.executable, "-m", "bench.large", *words], cwd=ROOT, capture_output=True, text=True, check=False, env=UNMEASURED
    )
    assert refused.returncode == 1
    assert f"holds a run of {ORDERS:,} orders and {MONTHS} months" in refused.stdout
