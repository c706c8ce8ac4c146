"""The data of the benchmarks: seeded, set-based SQL, so that each run sees the same rows.

All of it is derived from hashes of the row's number, never from a random generator, so that the number of threads
cannot change a row.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

BRANCHES = 500
MARKETS = 45
START = "2023-01-01"
DAYS = 3 * 365

# One order has three lines; the line's columns are what an ERP would export. `{n}` lines, about 100 bytes each.
_LINES = """
WITH line AS (
  SELECT i, i // 3 AS o, i % 3 + 1 AS line_no, hash(i // 3 + 11) AS h, hash(i + 7) AS g
  FROM range($first, $last) AS r(i)
)
SELECT
  'SO' || lpad(CAST(o AS VARCHAR), 9, '0') AS order_no,
  CAST(line_no AS INTEGER) AS line_no,
  CAST(DATE '2023-01-01' + CAST(o * $days // $orders AS INTEGER) AS DATE) AS order_date,
  'B' || lpad(CAST(h % 500 AS VARCHAR), 3, '0') AS branch_code,
  CASE WHEN (h // 512) % 100 < 40 THEN 'WEB' WHEN (h // 512) % 100 < 55 THEN 'EDI'
       WHEN (h // 512) % 100 < 95 THEN 'TEL' ELSE 'XXX' END AS channel,
  'A' || lpad(CAST((h // 65536) % 200000 AS VARCHAR), 6, '0') AS account,
  'SKU-' || lpad(CAST(g % 50000 AS VARCHAR), 6, '0') AS sku,
  CAST(g // 64 % 20 + 1 AS INTEGER) AS quantity,
  CAST((g // 4096 % 100000) / 100.0 + 0.5 AS DECIMAL(18, 4)) AS unit_price,
  CAST((g // 64 % 20 + 1) * ((g // 4096 % 100000) / 100.0 + 0.5) AS DECIMAL(18, 4)) AS net_amount,
  'EUR' AS currency
FROM line
"""


def lines_csv(path: Path, lines: int, *, dirty: bool = False, first_order: int = 0) -> Path:
    """Writes a CSV of `lines` order lines (100 MB per million, about); `dirty` breaks one row in fifty."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    orders = max(lines // 3, 1)
    body = _LINES
    if dirty:
        body = (
            "SELECT order_no, line_no, CASE WHEN hash(order_no) % 150 = 0 THEN '31.02.2024' "
            "ELSE CAST(order_date AS VARCHAR) END AS order_date, "
            "CASE WHEN hash(order_no, 1) % 150 = 0 THEN 'B9X9' ELSE branch_code END AS branch_code, "
            "channel, account, sku, "
            "CASE WHEN hash(order_no, line_no) % 150 = 0 THEN 'zwölf' ELSE CAST(quantity AS VARCHAR) END AS quantity, "
            f"unit_price, net_amount, currency FROM ({_LINES})"
        )
    whole = path.with_suffix(".part")
    connection.execute(
        f"COPY ({body}) TO '{whole}' (FORMAT csv, HEADER)",
        {"first": first_order * 3, "last": first_order * 3 + lines, "days": DAYS, "orders": orders},
    )
    whole.rename(path)
    return path


FACT_ORDER = """
SELECT
  'bench:' || CAST(o AS VARCHAR) AS root_key,
  h % 500 AS branch,
  CASE WHEN (h // 512) % 100 < 40 THEN 'C1' WHEN (h // 512) % 100 < 55 THEN 'C0'
       WHEN (h // 512) % 100 < 95 THEN 'C5' ELSE 'CX' END AS commit_class,
  CASE WHEN (h // 512) % 100 < 40 THEN 'shop' WHEN (h // 512) % 100 < 55 THEN 'edi'
       WHEN (h // 512) % 100 < 95 THEN 'phone' END AS touchpoint,
  'A' || CAST((h // 65536) % 200000 AS VARCHAR) AS account_key,
  CAST(DATE '2023-01-01' + CAST(o * $days // $orders AS INTEGER) AS DATE) AS ordered_on,
  epoch_ms(epoch_ms(TIMESTAMP '2023-01-01 00:00:00') + (o * $days * 86400 // $orders) * 1000) AS received,
  CAST(h // 128 % 300000 AS BIGINT) AS took_seconds,
  CAST((h // 4096 % 500000) / 100.0 AS DECIMAL(18, 4)) AS net_amount,
  3 AS line_count
FROM (SELECT o, hash(o + 11) AS h FROM range($first, $last) AS r(o))
"""
