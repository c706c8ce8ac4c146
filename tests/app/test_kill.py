"""A run that is killed, again and again, in each of its phases: the next one ends with what an undisturbed run gives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.app.whole import everything, is_whole
from tests.nordfrost.group import write_demo

from charter.app.project import open_project
from charter.app.run import run

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
# A killed process leaves no measurement of coverage; to take one only makes it slower.
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
SCRIPT = (
    "from datetime import UTC, datetime; from pathlib import Path; from charter.app.project import open_project; "
    "from charter.app.run import run; run(open_project(Path('group')), at=datetime(2026, 1, 15, 12, tzinfo=UTC))"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "group"
    write_demo(folder, seed=5, orders=60, months=2)
    # Four sources of five: each is a transaction of its own, and more of them only take longer to kill.
    (folder / "group" / "sources" / "erp-north.yaml").unlink()
    return folder


@pytest.fixture(scope="module")
def undisturbed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("undisturbed") / "group"
    shutil.copytree(made, folder)
    project = open_project(folder)
    run(project, at=AT)
    return everything(project)


@pytest.mark.parametrize("phase", ["copy", "contract", "merge", "cube", "commit", "committed"])
def test_a_run_that_is_killed_three_times_in_a_phase_ends_with_the_same_tables(
    phase: str, made: Path, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "group"
    shutil.copytree(made, folder)
    for count in (1, 2, 1):
        environment = {**UNMEASURED, "CHARTER_KILL_AT": f"{phase}:{count}"}
        killed = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        is_whole(open_project(folder))
    project = open_project(folder)
    report = run(project, at=AT)
    assert all(line.balances for line in report.accounts)
    ours = everything(project)
    assert {name for name in ours if ours[name] != undisturbed[name]} == set()


def test_readers_see_whole_states_while_a_run_writes(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "group"
    shutil.copytree(made, folder)
    writer = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=UNMEASURED, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    project, looks = open_project(folder), 0
    while writer.poll() is None:
        is_whole(project)
        looks += project.store.catalog.is_file()
    assert writer.returncode == 0, writer.stderr.read().decode() if writer.stderr else ""
    is_whole(project)
    assert looks >= 2
