"""A lake whose catalog is in a PostgreSQL of its own, which a test may kill and start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.postgres import Postgres, running

from charter.warehouse.store import Server, Store


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("pgserver")
    with running() as server:
        yield server


@pytest.fixture
def store(postgres: Postgres, tmp_path: Path) -> Iterator[Store]:
    """A lake with one row, whose catalog lies in a schema of its own; a quote in each name."""
    schema = "it's a lake"
    yield Store(tmp_path / "it's here", Server(postgres.address(), schema), tmp_path / "it's there")
    with postgres.admin("lake") as connection:
        connection.execute(psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(psycopg.sql.Identifier(schema)))
