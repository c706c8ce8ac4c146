"""The examples on real data, each laid out in a folder of its own; nothing of the data is copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from charter.app.feeds import feeds_of, owner_fact
from charter.app.ownership import matrix_of
from charter.app.project import Project, open_project
from charter.performance.number import Asked, Number, number
from charter.values.period import Period

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Ask = Callable[..., Number]


@pytest.fixture(scope="module")
def lay_out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Project]:
    """A function that copies an example to a folder of its own, and points it at the data."""

    def laid(name: str) -> Project:
        folder = tmp_path_factory.mktemp("real") / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".charter"))
        settings = folder / "charter.yaml"
        settings.write_text(settings.read_text().replace("default: ../../../shared/data", f"default: {data}"))
        return open_project(folder)

    return laid


@pytest.fixture(scope="module")
def asking() -> Callable[[Project, datetime], object]:
    """A function that opens a project's lake and yields `ask(metric, scope, period, by=None)`, without companions."""

    @contextmanager
    def opened(project: Project, at: datetime) -> Iterator[Ask]:
        model = project.model(at.date())
        matrix = matrix_of(project)
        with project.reading() as lake:
            feeds = feeds_of(lake, model, model.as_of)

            def ask(metric: str, scope: str, period: str, by: str | None = None) -> Number:
                asked = Asked(feeds, owner_fact(matrix, model, metric, scope, model.as_of), at)
                return number(lake, model, metric, scope, Period.parse(period), by=by, asked=asked, beside=False)

            yield ask

    return opened
