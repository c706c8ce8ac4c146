"""What the tests of the second engine share: one small Spark for each module, and the small group of the performance tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "performance"))

from tests.spark.world import PLACE, small_model

from charter.model.model import Model
from charter.warehouse.spark.session import java, started


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A Spark of two threads, a gigabyte and a folder of its own."""
    pytest.importorskip("pyspark", reason="the extra charter[spark] is not installed")
    if java() is None:
        pytest.skip("there is no Java here, and Spark needs one")
    with started(PLACE, tmp_path_factory.mktemp("spark")) as found:
        yield found


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The small group with every standard metric."""
    return small_model(tmp_path_factory.mktemp("small"), later=False)


@pytest.fixture(scope="session")
def later_group(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The same group with other hours in Germany, fewer metrics and one of its own."""
    return small_model(tmp_path_factory.mktemp("later"), later=True)
