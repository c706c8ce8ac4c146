"""The same work by hand-written SQL: the files of a month as Parquet, folded; the whole cube; a market's month.

It keeps what the product keeps of the numbers and nothing of where they came from: no origin of a row, no rule that held it, no
account, no other order of arrival than this one. Run in a process of its own: `python -m bench.large.hand FOLDER ORDERS MONTHS WHAT`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from bench.large.rows import business
from bench.large.size import Size
from bench.large.watch import Watch, die_with_parent

_CSV = "read_csv('{place}/{name}-r*.csv', all_varchar = true)"
_WAYS = "(VALUES ('WEB', 'C1', 'shop'), ('EDI', 'C0', 'edi'), ('TEL', 'C5', 'phone'), ('MAI', 'C4', 'mail')) AS w(code, class, touchpoint)"
# Of one key the greatest version counts; what is known by the same version is left out, what is older is noted as gone.
_ORDER = """
SELECT r.order_no, CAST(version AS INTEGER) AS version, s.scope, CAST(s.market[9:] AS INTEGER) AS market, coalesce(w.class, 'CX') AS class, w.touchpoint, r.account,
  kind <> 'M' AS eligible, CASE WHEN kind = 'M' THEN 'sample' ELSE 'standard' END AS order_type, CAST(received AS TIMESTAMP) AS received,
  CAST(entered AS TIMESTAMP) AS entered, CAST(confirmed AS TIMESTAMP) AS confirmed, TRY_CAST(order_date AS DATE) AS day,
  CAST(net_amount AS DECIMAL(18, 4)) AS net_amount, currency
FROM {csv} AS r JOIN site AS s ON s.code = r.branch_code LEFT JOIN {ways} ON w.code = r.channel
WHERE TRY_CAST(order_date AS DATE) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY r.order_no ORDER BY CAST(version AS INTEGER) DESC) = 1
"""
_LINE = """
SELECT r.order_no, CAST(line_no AS INTEGER) AS line_no, CAST(version AS INTEGER) AS version, s.scope, s.market, coalesce(w.class, 'CX') AS class, w.touchpoint,
  r.account, CAST(order_date AS DATE) AS day, r.sku, TRY_CAST(quantity AS INTEGER) AS quantity, CAST(unit_price AS DECIMAL(18, 4)) AS unit_price,
  CAST(net_amount AS DECIMAL(18, 4)) AS net_amount, currency
FROM {csv} AS r JOIN site AS s ON s.code = r.branch_code LEFT JOIN {ways} ON w.code = r.channel
WHERE TRY_CAST(quantity AS INTEGER) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY r.order_no, line_no ORDER BY CAST(version AS INTEGER) DESC) = 1
"""
_EVENT = """
SELECT DISTINCT case_no, CAST(seq AS INTEGER) AS seq, CAST(happened AS TIMESTAMP) AS at_, state, s.scope, CAST(s.market[9:] AS INTEGER) AS market, channel, priority
FROM read_csv('{place}/events.csv', all_varchar = true) AS r JOIN site AS s ON s.code = r.branch_code
WHERE state IN ('Open', 'Working', 'Awaiting customer', 'Solved')
"""
# Cases that end in this month; no case is older than the month before.
_CASE = """
SELECT case_no, any_value(scope) AS scope, any_value(market) AS market, any_value(channel) AS channel, min(priority) AS priority, max(at_) AS resolved,
  sum(CASE WHEN state <> 'Awaiting customer' THEN until - reading END) AS business_seconds
FROM (SELECT *, lead(reading) OVER (PARTITION BY case_no ORDER BY seq) AS until FROM (
  SELECT *, {reading} AS reading FROM read_parquet({files}) WHERE case_no IN (SELECT case_no FROM event WHERE state = 'Solved')))
GROUP BY case_no
"""
_STANDING = "(SELECT f.* FROM read_parquet('{hand}/fact_order/*.parquet') AS f ANTI JOIN read_parquet('{hand}/gone_order/*.parquet') AS g USING (order_no, version))"
_CUBE = {
    "value": """SELECT scope, day, touchpoint, class, order_type, currency, count(*) AS n, count(*) FILTER (WHERE class IN ('C0', 'C1', 'C2')) AS digital,
        count(*) FILTER (WHERE class = 'C1') AS shop, count(*) FILTER (WHERE class = 'C0') AS machine, count(*) FILTER (WHERE class <> 'CX') AS classified,
        sum(net_amount) AS net, sum(net_amount) FILTER (WHERE class IN ('C0', 'C1', 'C2')) AS digital_net FROM timed GROUP BY ALL ORDER BY day""",
    "member": "SELECT DISTINCT scope, day, account FROM timed ORDER BY day",
    "digital_member": "SELECT DISTINCT scope, day, account FROM timed WHERE class IN ('C0', 'C1', 'C2') ORDER BY day",
    **{
        part: f"SELECT scope, day, touchpoint, class, {part}, count(*) AS n FROM timed WHERE {part} >= 0 GROUP BY ALL ORDER BY day"
        for part in ("total", "entry", "wait", "processing")
    },
    "line": """SELECT scope, day, touchpoint, class, count(*) AS n, sum(net_amount) AS net FROM read_parquet('{hand}/line/*.parquet') AS l
        ANTI JOIN read_parquet('{hand}/gone_line/*.parquet') AS g USING (order_no, line_no, version) GROUP BY ALL ORDER BY day""",
    "case": """SELECT scope, CAST(resolved AS DATE) AS day, channel, priority, business_seconds, count(*) AS n FROM read_parquet('{hand}/case/*.parquet')
        GROUP BY ALL ORDER BY day""",
}  # fmt: skip


@contextmanager
def _connected(size: Size) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(size.folder / "temp")}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TEMP TABLE site AS SELECT * FROM read_csv('{size.workspace}/group/sites.csv')")
        yield connection


def load(size: Size, month: int, watch: Watch) -> None:
    """Writes a month's files as Parquet: orders, lines, events, what they replace, the folded orders and the ended cases."""
    place, hand = size.workspace / "exports" / size.name(month), size.hand
    with _connected(size) as connection:

        def write(table: str, query: str) -> None:
            (hand / table).mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY ({query}) TO '{hand}/{table}/{size.name(month)}.parquet' (FORMAT parquet)")

        watch.phase("load")
        for table, query, keys in (("order", _ORDER, "order_no"), ("line", _LINE, "order_no, line_no")):
            told = query.format(csv=_CSV.format(place=place, name=f"{table}s"), ways=_WAYS)
            connection.execute(f"CREATE TEMP TABLE new_{table} AS {told}")
            known = [one for one in sorted((hand / table).glob("*.parquet")) if one.stem != size.name(month)]
            if known:
                older = f"SELECT {keys}, version FROM read_parquet({list(map(str, known))}) SEMI JOIN new_{table} USING ({keys})"
                connection.execute(f"CREATE TEMP TABLE old_{table} AS {older}")
            else:
                connection.execute(f"CREATE TEMP TABLE old_{table} AS SELECT {keys}, version FROM new_{table} LIMIT 0")
            match = " AND ".join(f"o.{key} = n.{key}" for key in keys.split(", "))
            fresh = f"SELECT n.* FROM new_{table} AS n ANTI JOIN old_{table} AS o ON {match} AND o.version >= n.version"
            write(table, fresh)
            write(
                f"gone_{table}", f"SELECT o.* FROM old_{table} AS o SEMI JOIN new_{table} AS n ON {match} AND n.version > o.version"
            )
        connection.execute(f"CREATE TEMP TABLE event AS {_EVENT.format(place=place)}")
        write("event", "SELECT * FROM event")
        watch.phase("fold")
        lines = f"SELECT order_no, count(*) AS lines FROM '{hand}/line/{size.name(month)}.parquet' GROUP BY order_no"
        write(
            "fact_order",
            f"SELECT o.*, coalesce(l.lines, 0) AS lines FROM '{hand}/order/{size.name(month)}.parquet' AS o LEFT JOIN ({lines}) AS l USING (order_no)",
        )
        watch.phase("replay")
        files = [str(hand / "event" / f"{size.name(at)}.parquet") for at in range(max(month - 1, 0), month + 1)]
        write("case", _CASE.format(reading=business("at_", "market"), files=files))


def cube(size: Size, watch: Watch) -> None:
    """Writes the whole cube from all months: the orders timed once, then a GROUP BY for each kind of cell."""
    watch.phase("cube")
    reads = {at: business(at, "market") for at in ("received", "entered", "confirmed")}
    standing = _STANDING.format(hand=size.hand)
    timed = (
        f"SELECT *, r2 - r0 AS total, r1 - r0 AS entry, 0 AS wait, r2 - r1 AS processing FROM (SELECT scope, day, touchpoint, class, order_type, currency, account, "
        f"net_amount, {reads['received']} AS r0, {reads['entered']} AS r1, {reads['confirmed']} AS r2 FROM {standing} WHERE eligible)"
    )
    (size.hand / "cube").mkdir(parents=True, exist_ok=True)
    with _connected(size) as connection:
        place = size.folder / "temp" / "timed.parquet"
        place.parent.mkdir(exist_ok=True)
        connection.execute(f"COPY ({timed}) TO '{place}' (FORMAT parquet, COMPRESSION uncompressed)")
        connection.execute(f"CREATE TEMP VIEW timed AS SELECT * FROM '{place}'")
        for name, query in _CUBE.items():
            connection.execute(f"COPY ({query.format(hand=size.hand)}) TO '{size.hand}/cube/{name}.parquet' (FORMAT parquet)")
        place.unlink()


def read(size: Size, month: int, watch: Watch) -> None:
    """Answers a market's month from the facts: the counts, the distinct accounts and the times, without a cube."""
    watch.phase("read")
    begin, end = size.begin(month), size.begin(month + 1)
    with _connected(size) as connection:
        took = f"{business('confirmed', 'market')} - {business('received', 'market')}"
        connection.execute(
            f"SELECT count(*), count(*) FILTER (WHERE class IN ('C0', 'C1', 'C2')), sum(net_amount), count(DISTINCT account), sum({took}), "
            f"quantile_disc({took}, [0.5, 0.9]) FROM {_STANDING.format(hand=size.hand)} WHERE eligible AND market = 7 AND day >= DATE '{begin}' AND day < DATE '{end}'"
        ).fetchall()


def main(folder: str, orders: str, months: str, what: str) -> None:
    die_with_parent()
    size = Size(Path(folder), int(orders), int(months))
    with Watch(size.folder / "temp") as watch:
        if what == "cube":
            cube(size, watch)
        elif what == "read":
            read(size, size.months - 1, watch)
        else:
            load(size, int(what), watch)
    (size.folder / "told.json").write_text(json.dumps(watch.told()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
