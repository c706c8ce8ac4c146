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


_PROSE = (
    "What is counted, who counts it and what is left out stands in the definition; here stands what the market adds to it. "
    "Orders that a branch keys in from a mail are not digital, whatever the mail held. Credits and transfers are left out. "
    "A change of this value is told to the branches four weeks before it holds, with the reason and the person who decided. "
)


def model_workspace(folder: Path) -> Path:
    """Writes a workspace of 45 markets, 500 branches and 5,000 documents of about 1 KB: metrics, overrides, locks, waivers."""
    if (folder / "charter.yaml").exists():
        return folder
    regions = [f"region/r{n}" for n in range(5)]
    markets = [f"market/m{n:02}" for n in range(MARKETS)]
    branches = [f"branch/b{n:03}" for n in range(BRANCHES)]
    parents = {
        **dict.fromkeys(regions, "group"),
        **{market: regions[n % 5] for n, market in enumerate(markets)},
        **{branch: markets[n % MARKETS] for n, branch in enumerate(branches)},
    }
    rows = "".join(f"{scope},{parent},,\n" for scope, parent in parents.items())
    moved = "branch/b000,market/m00,,2026-03-01\nbranch/b000,market/m01,2026-03-01,\n"
    rows = rows.replace("branch/b000,market/m00,,\n", moved)
    _write(folder / "group/scopes.csv", "scope,parent,from,to\n" + rows)
    _write(folder / "group/scopes.yaml", _document("ScopeTable", "scopes", "  file: scopes.csv\n", prose=False))
    for n in range(700):
        base = f"  standard: digital-order-ratio@1\n  direction: up\n  minimumN: {n % 40 + 10}\n{_target(n, 20)}  coverageThreshold: 0.95\n"
        _write(folder / f"group/metrics/k{n:03}.yaml", _document("Metric", f"k{n:03}", base))
    for n in range(80):
        rule = f"  ref: Metric:k{n * 8:03}\n  rules:\n    - {{paths: [spec.minimumN], mode: locked}}\n"
        _write(folder / f"group/locks/l{n:02}.yaml", _document("Lock", f"l{n:02}", rule, prose=False))
    every = "  ref: Metric:*\n  rules:\n    - {paths: [spec.target], mode: bounded, bounds: {min: 0.05}}\n    - {paths: [spec.description], mode: default}\n"
    _write(folder / "group/locks/every.yaml", _document("Lock", "every", every, prose=False))
    for place, market in enumerate(markets):
        for n in range(60):
            name = f"k{(place * 37 + n * 11) % 700:03}"
            _write(folder / f"markets/{market[7:]}/metrics/{name}.yaml", _document("Metric", name, _target(place + n, 25)))
    for place, branch in enumerate(branches):
        for n in range(3):
            name = f"k{(place * 13 + n * 101) % 700:03}"
            _write(folder / f"branches/{branch[7:]}/{name}.yaml", _document("Metric", name, _target(place + n, 30)))
    for n in range(18):
        spec = (
            f"  ref: Metric:k{n:03}\n  path: spec.target\n  scope: {markets[n]}\n  from: 2026-01-01\n  expires: 2027-01-01\n"
            "  requester: person/a\n  approver: person/b\n  reason: a change of the ERP\n"
        )
        _write(folder / f"group/waivers/w{n:02}.yaml", _document("Waiver", f"w{n:02}", spec, prose=False))
    _write(
        folder / "charter.yaml",
        "apiVersion: charter/v1\nkind: Workspace\nmetadata: {name: bench, title: Bench}\nspec: {currency: EUR}\n",
    )
    return folder


def _target(n: int, low: int) -> str:
    entries = "".join(
        f"    - {{from: {2023 + year}-01-01, value: 0.{low + (n * 7 + year * 3) % 60}, reference: board {2022 + year}-11}}\n"
        for year in range(3)
    )
    return f"  target:\n{entries}"


def _document(kind: str, name: str, spec: str, prose: bool = True) -> str:
    told = f"  description: >-\n    {_PROSE}{_PROSE}\n" if prose else ""
    return f"apiVersion: charter/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  title: {name} of the bench\nspec:\n{spec}{told}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
