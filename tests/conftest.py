"""Settings that all tests share: no timed tests, and many more cases in `make prove`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile(
    "prove", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=int(os.environ.get("CHARTER_CASES", "2000"))
)
settings.load_profile(os.environ.get("CHARTER_HYPOTHESIS", "test"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real data sets; tests that need it are skipped where it is absent."""
    place = Path(os.environ.get("CHARTER_DATA") or ROOT.parent / "shared" / "data")
    if not (place / "adventureworks_dw").is_dir():
        pytest.skip("the real data sets are not here (environment variable CHARTER_DATA)")
    return place


# Files that take a minute go first, so that the last worker has only small ones left (with --no-loadscope-reorder).
_LONG = (
    "spark/",
    "app/closing/",
    "app/test_plan",
    "app/test_kill",
    "real/",
    "docs/test_readme",
    "cli/test_commands",
    "performance/",
)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, name in enumerate(_LONG) if f"tests/{name}" in item.nodeid), len(_LONG))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts long files first; marks the properties, so that `make prove` can give just these more cases."""
    items.sort(key=_turn)
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.cases)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden-update` writes what comes now as what is expected of the golden workspaces."""
    parser.addoption("--golden-update", action="store_true", help="write tests/golden/*/expected anew")
