"""A bench for record linkage: a database in memory beside the lake, on which splink works; it spills to the lake's temp."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from charter.warehouse.lake import Lake, quoted_path
from charter.warehouse.opening import open_private


@contextmanager
def open_bench(temp: Path, *, memory_limit: str = "3GB", temp_limit: str = "20GB") -> Iterator[Lake]:
    """Yields an empty database of its own, which reaches no file but its own; nothing of it stays."""
    temp.mkdir(parents=True, exist_ok=True)
    with open_private(temp, memory_limit=memory_limit, temp_limit=temp_limit) as bench:
        yield bench


def fill(
    bench: Lake,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    tell: Callable[[int], None] = lambda _: None,
) -> int:
    """Makes a table of texts of these rows, however many; answers how many. Empty texts are null. They are numbered (`id`) from 1."""
    place = Path(bench.rows("SELECT current_setting('temp_directory')")[0][0]) / f"{table}.csv"
    count = 0
    try:
        with place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for count, row in enumerate(rows, start=1):
                writer.writerow((count, *("" if cell is None else cell for cell in row)))
                if count % 10_000 == 0:
                    tell(count)
        typed = ", ".join(["'id': 'BIGINT'", *(f"'{column}': 'VARCHAR'" for column in columns)])
        bench.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_csv('{quoted_path(place)}', auto_detect = false, header = false, nullstr = '', "
            f"columns = {{{typed}}}, delim = ',', quote = '\"', escape = '\"', max_line_size = 4000000)"
        )
    finally:
        place.unlink(missing_ok=True)
    return count


def splink_on(bench: Lake) -> Any:
    """Answers splink's door to this database; splink is imported here and not before, since that takes a second."""
    import logging

    from splink import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    return DuckDBAPI(connection=bench.connection)
