"""The rows of the exports: set-based SQL over hashes of a row's number, so that neither threads nor months change a row.

What a month's files hold: the month's own orders, a few of which are broken or stand twice; of the month before some that
are unchanged, changed or mended; and changes of single orders of the eleven months before that. An order's versions are
1 as it was first told, 2 changed a month later, 3 changed late.
"""

from __future__ import annotations

from bench.large.size import BEGIN, REGIONS, Size

ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
BRANCHES, MARKETS = 500, 45
_LATE, _LATE_REST = 10_007, 13
_FIRST_LAG, _LAGS = 2, 11
# x is uniform in 0..99,999: of 1,000 orders one is broken at first, of which half are mended; one is changed, one told twice.
_MENDED, _BROKEN, _REPEATED, _CHANGED, _TWICE = (
    "x < 50",
    "x < 100",
    "x BETWEEN 100 AND 299",
    "x BETWEEN 300 AND 399",
    "x BETWEEN 500 AND 599",
)
IS_LATE = f"o % {_LATE} = {_LATE_REST}"
LAG = f"({_FIRST_LAG} + CAST(g // 7 % {_LAGS} AS INTEGER))"


def order(size: Size, first: int, last: int, step: int = 1) -> str:
    """A SELECT of the orders numbered from `first` to `last` (exclusive): one row each, as they were first told."""
    seconds = size.days * 86_400
    return f"""
SELECT o, h, g, x, branch, market, market % {REGIONS} AS region, 'SO' || lpad(CAST(o AS VARCHAR), 10, '0') AS order_no,
  CASE WHEN h // 512 % 100 < 40 THEN 'WEB' WHEN h // 512 % 100 < 55 THEN 'EDI' WHEN h // 512 % 100 < 90 THEN 'TEL'
       WHEN h // 512 % 100 < 97 THEN 'MAI' ELSE 'XXX' END AS channel,
  CASE WHEN h // 51200 % 100 = 0 THEN 'M' ELSE 'N' END AS kind,
  'A' || lpad(CAST(h // 65536 % 200000 AS VARCHAR), 6, '0') AS account,
  make_timestamp(CAST((epoch(DATE '{BEGIN}') + o * {seconds} // {size.orders}) * 1000000 AS BIGINT)) AS received,
  CAST(g // 128 % 300000 AS BIGINT) AS took,
  CAST((g // 4096 % 500000) / 100.0 + 1 AS DECIMAL(18, 2)) AS net_amount
FROM (SELECT o, hash(o, 1) AS h, hash(o, 2) AS g, hash(o, 3) % 100000 AS x, CAST(hash(o, 1) % {BRANCHES} AS INTEGER) AS branch,
  CAST(hash(o, 1) % {BRANCHES} AS INTEGER) % {MARKETS} AS market FROM range({first}, {last}, {step}) AS r(o))"""


def late_orders(size: Size, month: int) -> str:
    """The orders of earlier months whose late change comes with this month's files."""
    low, high = size.first(month - _FIRST_LAG - _LAGS + 1, size.orders), size.first(month - _FIRST_LAG + 1, size.orders)
    if month < _FIRST_LAG:
        low = high = 0
    begin = low + (_LATE_REST - low) % _LATE
    age = f"({month} - datediff('month', DATE '{BEGIN}', received))"
    return f"SELECT * FROM ({order(size, begin, max(high, begin), _LATE)}) AS late WHERE {LAG} = {age}"


def told_orders(size: Size, month: int) -> str:
    """What the month's files of orders tell: (order, version, broken, amount and channel of the version), own rows first."""
    own = order(size, size.first(month, size.orders), size.first(month + 1, size.orders))
    before = order(size, size.first(month - 1, size.orders), size.first(month, size.orders)) if month else f"{own} LIMIT 0"
    told = [
        f"SELECT 1 AS part, 1 AS version, {_BROKEN} AS broken, * FROM ({own})",
        f"SELECT 2, 1, {_BROKEN}, * FROM ({own}) WHERE {_TWICE}",
        f"SELECT 3, 1, false, * FROM ({before}) WHERE {_MENDED} OR {_REPEATED}",
        f"SELECT 4, 2, false, * FROM ({before}) WHERE {_CHANGED}",
        f"SELECT 5, 3, false, * FROM ({late_orders(size, month)})",
    ]
    return f"SELECT * REPLACE ({versioned('version')}) FROM ({' UNION ALL '.join(told)})"


def versioned(version: str) -> str:
    """What a change does to an order."""
    return (
        f"CASE WHEN {version} = 1 THEN channel WHEN {version} = 2 THEN 'WEB' ELSE 'EDI' END AS channel, "
        f"CAST(net_amount + 10 * ({version} - 1) AS DECIMAL(18, 2)) AS net_amount"
    )


def final_orders(size: Size, month: int, last: int) -> str:
    """The orders received in a month as they stand once all files until month `last` came; those still held are not there."""
    rows = order(size, size.first(month, size.orders), size.first(month + 1, size.orders))
    version = (
        f"CASE WHEN {IS_LATE} AND {month} + {LAG} <= {last} THEN 3 WHEN {_CHANGED} AND {month} < {last} THEN 2 "
        f"WHEN {_BROKEN} AND NOT ({_MENDED} AND {month} < {last}) THEN 0 ELSE 1 END"
    )
    return f"SELECT * REPLACE ({versioned('version')}) FROM (SELECT {version} AS version, * FROM ({rows})) WHERE version > 0"


def told_lines(orders: str) -> str:
    """The lines of told orders: three each; a changed order's have one piece more. One line in 2,000 is broken for good."""
    return f"""
SELECT *, hash(o * 3 + line_no, 4) AS k, hash(o * 3 + line_no, 5) % 100000 < 50 AS broken_line
FROM (SELECT *, unnest([1, 2, 3]) AS line_no FROM {orders} WHERE part <> 3 OR {_REPEATED})"""


def case_(size: Size, first: int, last: int) -> str:
    """The cases numbered from `first` to `last` (exclusive): one row each, with the instants of what happens to it."""
    seconds = size.days * 86_400
    return f"""
SELECT c, h, branch, market, waits, t0, t1, t1 + to_seconds(w) AS t2, t1 + to_seconds(w) + to_seconds(s) AS t3,
  'C' || lpad(CAST(c AS VARCHAR), 9, '0') AS case_no, CASE h // 4096 % 3 WHEN 0 THEN 'phone' WHEN 1 THEN 'email' ELSE 'portal' END AS channel,
  CAST(h // 16384 % 4 + 1 AS INTEGER) AS priority
FROM (SELECT *, t0 + to_seconds(CAST(60 + h // 3 % 36000 AS BIGINT)) AS t1, CAST(60 + k % 172800 AS BIGINT) AS w, CAST(60 + k // 262144 % 259200 AS BIGINT) AS s
  FROM (SELECT c, hash(c, 6) AS h, hash(c, 7) AS k, CAST(hash(c, 6) % {BRANCHES} AS INTEGER) AS branch,
    CAST(hash(c, 6) % {BRANCHES} AS INTEGER) % {MARKETS} AS market, hash(c, 8) % 2 = 0 AS waits,
    make_timestamp(CAST((epoch(DATE '{BEGIN}') + c * {seconds} // {size.cases}) * 1000000 AS BIGINT)) AS t0
    FROM range({first}, {last}) AS r(c)))"""


_LONGEST_CASE_DAYS = 6


def told_events(size: Size, month: int) -> str:
    """The events that happened in a month, in the order of their cases; some stand twice, a few are in a state nobody knows."""
    earlier = max(size.first(month, size.cases) - _LONGEST_CASE_DAYS * size.cases // size.days - 1, 0)
    rows = case_(size, earlier, size.first(month + 1, size.cases))
    return f"""
SELECT * FROM (
  SELECT c, h, case_no, branch, channel, priority, unnest([1, 2, 3, 4, 5]) AS seq,
    unnest([t0, t1, CASE WHEN waits THEN t2 END, t3, CASE WHEN h // 2 % 5000 = 1 THEN t1 END]) AS happened,
    unnest(['Open', CASE WHEN waits THEN 'Awaiting customer' ELSE 'Working' END, 'Working', 'Solved', '???']) AS state,
    unnest(CASE WHEN h // 5 % 1000 = 1 THEN [1, 1, 2, 1, 1] ELSE [1, 1, 1, 1, 1] END) AS times
  FROM ({rows})
) AS event WHERE happened >= TIMESTAMP '{size.begin(month)}' AND happened < TIMESTAMP '{size.begin(month + 1)}'"""


def business(at: str, market: str) -> str:
    """Business seconds (Monday to Friday, 08-12 and 13-17 by the market's clock) until an instant, from a Monday on.

    A closed form, and so another way than the days of a calendar; changes of the clock fall into the night.
    """
    zones = ", ".join(f"'{zone}'" for zone in ZONES)
    local = f"CAST(epoch(timezone([{zones}][{market} % {len(ZONES)} + 1], timezone('UTC', {at}))) AS BIGINT)"
    day, second = f"({local} // 86400 - 4)", f"({local} % 86400)"
    worked = f"(greatest(0, least({second}, 43200) - 28800) + greatest(0, least({second}, 61200) - 46800))"
    return f"({day} // 7 * 144000 + least({day} % 7, 5) * 28800 + CASE WHEN {day} % 7 < 5 THEN {worked} ELSE 0 END)"


def local_day(at: str, market: str) -> str:
    """The day of an instant by the market's clock."""
    zones = ", ".join(f"'{zone}'" for zone in ZONES)
    return f"CAST(timezone([{zones}][{market} % {len(ZONES)} + 1], timezone('UTC', {at})) AS DATE)"
