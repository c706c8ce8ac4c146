"""What the tests of performance share: a small group on paper (see small_group.py), and lakes in memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from small_group import write_group

from charter.model.model import Model
from charter.model.workspace import open_workspace


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The small group with every standard metric."""
    return _model(tmp_path_factory.mktemp("group"))


@pytest.fixture(scope="session")
def later_group(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The same group with other hours in Germany, fewer metrics and one of its own."""
    return _model(tmp_path_factory.mktemp("later"), later=True)


def _model(folder: Path, *, later: bool = False) -> Model:
    from small_group import AT

    write_group(folder, later=later)
    workspace = open_workspace(folder)
    assert not workspace.findings, workspace.findings
    return workspace.model(AT)
