"""The group of the tests of closing: taken in and applied; with February closed; and copies to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.app.closing.world import AT, CLOSED_AT, KEPT, MONTH, OWN
from tests.app.held_world import hold_two
from tests.nordfrost.group import write_demo

from charter.app.apply import apply
from charter.app.close import close
from charter.app.project import open_project
from charter.app.run import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group that was taken in and applied, with a metric of its own; nothing of it is closed."""
    folder = tmp_path_factory.mktemp("close") / "group"
    write_demo(folder, seed=11, orders=500, months=3)
    for place in (folder / "group/metrics").iterdir():
        if place.stem not in KEPT:  # the others are counted alike, and only take longer
            place.unlink()
    owners = folder / "group/organisation/owners.csv"
    rows = [line for line in owners.read_text().splitlines() if not line.startswith("Metric:") or line[7:].split(",")[0] in KEPT]
    owners.write_text("\n".join(rows) + "\n")
    (folder / "group/metrics/own.yaml").write_text(OWN)
    hold_two(folder / "exports/erp-north/orders_2024-02.tsv")
    run(open_project(folder), at=AT)
    apply(open_project(folder), at=AT)
    return folder


@pytest.fixture(scope="module")
def closed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("closed") / "group"))
    close(open_project(folder), MONTH, at=CLOSED_AT)
    return folder


@pytest.fixture
def still_open(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "group"))


@pytest.fixture
def folder(closed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(closed, tmp_path / "group"))
