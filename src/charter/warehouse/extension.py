"""DuckDB's extensions: which of them a lake needs, and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import duckdb

from charter.warehouse.codes import WHS007, WHS023
from charter.warehouse.lake import quoted_path
from charter.warehouse.store import S3, Store

_SQLITE = ("ducklake", "sqlite_scanner")
_EXTRAS = {"postgres_scanner": ("the catalog in PostgreSQL", "postgres"), "httpfs": ("data in an object store", "s3")}


def needed(store: Store) -> tuple[str, ...]:
    """Answers the extensions without which this lake cannot be opened."""
    objects = store.objects or any(place.startswith(S3) for place in store.shared)
    catalog = _SQLITE if store.server is None else ("ducklake", "postgres_scanner")
    return (*catalog, "httpfs") if objects else catalog


def load_extensions(connection: duckdb.DuckDBPyConnection, names: Sequence[str] = _SQLITE) -> None:
    """Loads what the lake needs: from PyPI's packages where they are, else by DuckDB's own INSTALL.

    Loaded by their path: installing them first would need a home directory, and let processes race for it. A package's file is
    as trusted as DuckDB itself, which came the same way: its signature is not computed anew over 70 MB at each opening (0.2 s
    of a core). From then on unsigned ones are refused, for good: DuckDB does not let an open connection allow them again.
    """
    missing: dict[str, Exception] = {}
    for name in names:
        try:
            connection.execute(f"LOAD '{quoted_path(extension_file(name))}'")
        except (duckdb.Error, ImportError) as problem:
            missing[name] = problem
    connection.execute("SET allow_unsigned_extensions = false")
    for name, reason in missing.items():
        try:
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
        except duckdb.Error as error:
            if name in _EXTRAS:
                what, extra = _EXTRAS[name]
                package = f"duckdb-extension-{name.replace('_', '-')}"
                raise WHS023.exception(what=what, package=package, extra=extra) from error
            raise WHS007.exception(reason=f"{name}: {str(reason).splitlines()[0]}") from error


def extension_file(name: str) -> Path:
    """Answers where the package of an extension keeps it; ImportError where it is not installed."""
    package = Path(str(files(f"duckdb_extension_{name}")))
    return package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
