"""A month's exports, written as files of four ERPs and a service desk; moved into place when they are whole."""

from __future__ import annotations

import shutil

import duckdb

from bench.large.rows import told_events, told_lines, told_orders
from bench.large.size import REGIONS, Size

_ORDER = """
SELECT order_no, version, 'B' || lpad(CAST(branch AS VARCHAR), 3, '0') AS branch_code, channel, kind, account,
  CASE WHEN broken THEN '31.02.2024' ELSE strftime(received, '%Y-%m-%d') END AS order_date,
  strftime(received, '%Y-%m-%d %H:%M:%S') AS received, strftime(received + to_seconds(took // 3), '%Y-%m-%d %H:%M:%S') AS entered,
  strftime(received + to_seconds(took), '%Y-%m-%d %H:%M:%S') AS confirmed, net_amount, 'EUR' AS currency
FROM told WHERE region = {region} ORDER BY part, o
"""
_LINE = """
SELECT order_no, line_no, version, strftime(received, '%Y-%m-%d') AS order_date, 'B' || lpad(CAST(branch AS VARCHAR), 3, '0') AS branch_code,
  channel, account, 'SKU-' || lpad(CAST(k % 50000 AS VARCHAR), 6, '0') AS sku,
  CASE WHEN broken_line THEN 'zwölf' ELSE CAST(k // 64 % 20 + version AS VARCHAR) END AS quantity,
  CAST((k // 4096 % 100000) / 100.0 + 0.5 AS DECIMAL(18, 2)) AS unit_price,
  CAST((k // 64 % 20 + version) * ((k // 4096 % 100000) / 100.0 + 0.5) AS DECIMAL(18, 2)) AS net_amount, 'EUR' AS currency
FROM ({lines}) WHERE region = {region} ORDER BY part, o, line_no
"""
# The ERP's own total knows each order of the month once, the broken ones too: they differ by what is held.
_TOTAL = """
SELECT 'group' AS scope, DATE '{day}' AS month, 'orders' AS measure, count(*) AS value FROM told WHERE region = {region} AND part = 1
UNION ALL
SELECT 'market/m' || market, DATE '{day}', 'orders', count(*) FROM told WHERE region = {region} AND part = 1 GROUP BY market
UNION ALL
SELECT 'market/m' || market, DATE '{day}', 'net_amount', sum(net_amount) FROM told WHERE region = {region} AND part = 1 GROUP BY market
ORDER BY ALL
"""
_EVENT = """
SELECT case_no, seq, strftime(happened, '%Y-%m-%d %H:%M:%S') AS happened, state, 'B' || lpad(CAST(branch AS VARCHAR), 3, '0') AS branch_code, channel, priority
FROM ({events}), range(times) AS again(n) ORDER BY c, seq, n
"""


def write_month(size: Size, month: int) -> int:
    """Writes a month's files into the workspace's exports; answers their bytes. What a killed one left is written anew."""
    place, unfinished = size.workspace / "exports" / size.name(month), size.folder / "unfinished"
    if not place.is_dir():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        with duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(size.folder / "temp")}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"CREATE TEMP TABLE told AS {told_orders(size, month)}")
            for name, query in _files(size, month).items():
                connection.execute(f"COPY ({query}) TO '{unfinished / name}' (FORMAT csv, HEADER)")
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished.rename(place)
    return sum(one.stat().st_size for one in place.iterdir())


def _files(size: Size, month: int) -> dict[str, str]:
    files = {"events.csv": _EVENT.format(events=told_events(size, month))}
    for region in range(REGIONS):
        files[f"orders-r{region}.csv"] = _ORDER.format(region=region)
        files[f"lines-r{region}.csv"] = _LINE.format(region=region, lines=told_lines("told"))
        files[f"totals-r{region}.csv"] = _TOTAL.format(region=region, day=size.begin(month))
    return files
