"""What the tests of intake share: a small shop in a folder of its own (see shop.py)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop of order lines in CSV files, with nothing delivered yet."""
    return Shop(tmp_path / "shop")
