"""What a first draft of an export of 1 GB costs, against DuckDB reading every value of it once."""

from __future__ import annotations

import os
import shutil

import duckdb

from bench.measure import SCRATCH, Outcome, paired, ratio_outcome
from charter.app.draft import draft
from charter.app.init import init
from charter.app.project import open_project

BYTES = int(os.environ.get("BENCH_DRAFT_BYTES", str(1 << 30)))
# About 85 bytes a row: an order's number and line, a day, codes, amounts with a decimal comma, a text.
_BYTES_A_ROW = 85
_ROWS = """
    SELECT 'B' || lpad(CAST(i // 3 AS VARCHAR), 9, '0') AS "Bestellnr", i % 3 + 1 AS "Pos",
        strftime(DATE '2024-01-01' + CAST(hash(i) % 360 AS INTEGER), '%d.%m.%Y') AS "Bestelldatum", 'A' || hash(i + 1) % 9000 AS "Artikel",
        hash(i + 2) % 99 + 1 AS "Menge", replace(CAST((hash(i + 3) % 999999 / 100)::DECIMAL(12, 2) AS VARCHAR), '.', ',') AS "Betrag",
        'K' || lpad(CAST(hash(i + 4) % 30000 AS VARCHAR), 6, '0') AS "Kunde", ['Webshop', 'Telefon', 'EDI'][i % 3 + 1] AS "Kanal",
        'EUR' AS "Waehrung", 'a text of some length ' || hash(i + 5) % 1000 AS "Text"
    FROM range({rows}) AS n (i)
"""


def run() -> list[Outcome]:
    """Answers the median of three drafts against three reads, in turn."""
    folder = SCRATCH / "draft" / "group"
    shutil.rmtree(folder.parent, ignore_errors=True)
    init(folder, name="group", currency="EUR", time_zone="Etc/UTC")
    place = folder / "exports" / "orders.csv"
    place.parent.mkdir()
    rows = BYTES // _BYTES_A_ROW
    duckdb.sql(f"COPY ({_ROWS.format(rows=rows)}) TO '{place}' (DELIMITER ';', HEADER)")
    project = open_project(folder)
    reading = f"SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM read_csv('{place}', delim = ';', all_varchar = true)"

    def read() -> None:
        with duckdb.connect() as connection:
            connection.execute(reading).fetchall()

    ours, limit = paired(lambda: draft(project, [place], force=True), read)
    size = place.stat().st_size
    shutil.rmtree(folder.parent, ignore_errors=True)
    return [
        ratio_outcome(
            f"intake draft of {size / 2**30:.1f} GB", ours, "DuckDB reads every value", limit, 3,
            "each value is judged by the SQL of intake: regular expressions for numbers, strptime for days", rows=rows, bytes=size,
        )
    ]  # fmt: skip
