"""The KPI pack over 5M orders: built from facts, read from the cube, and brought up by a day, each against hand-written SQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.data import DAYS, FACT_ORDER
from bench.group import METRICS, write_group
from bench.measure import SCRATCH, Outcome, ratio_outcome, seconds
from charter.app.feeds import Asking
from charter.app.project import Project, open_project
from charter.model.model import Model
from charter.performance.measure import prepare, rebuild, rebuild_all
from charter.performance.number import Number, number
from charter.values.period import Period
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader, open_writer

ORDERS = int(os.environ.get("BENCH_ORDERS", "5000000"))
AT = datetime(2026, 1, 15, tzinfo=UTC)
LAST = date(2023, 1, 1) + timedelta(days=DAYS - 1)

_FACTS = """
INSERT INTO {fact} (root_key, source, document_count, line_count, account_key, selling_scope, fulfilling_scope, commit_class,
  touchpoint, order_type, received_at, entered_at, confirmed_at, ordered_on, day_basis, time_precision, currency, net_amount, confirmed, eligible)
SELECT root_key, 'erp', 1, line_count, account_key, 'branch/b' || lpad(CAST(branch AS VARCHAR), 3, '0'),
  'branch/b' || lpad(CAST(branch AS VARCHAR), 3, '0'), commit_class, touchpoint, 'standard', timezone('UTC', received),
  timezone('UTC', received) + to_seconds(took_seconds // 3), timezone('UTC', received) + to_seconds(took_seconds), ordered_on, 'confirmed_at', 'second', 'EUR', net_amount, true, true
FROM ({rows})
"""

# What one would write by hand for the same cells: a scan for the counts, one for the members, and one that times each
# order (outer joins: with inner ones DuckDB joins the days with each other first, to a billion rows) and is counted five times.
_TIMED = """
  SELECT f.fulfilling_scope AS scope, f.ordered_on AS day, f.touchpoint, f.commit_class, {t2} - {t0} - ({lain} - {begun}) AS total,
    {t1} - {t0} AS entry, {t2} - {asked} AS wait, {asked} - {lain} AS processing
  FROM (
    SELECT *, greatest(t2 - coalesce(customer_wait_seconds, 0), lain) AS asked FROM (
      SELECT *, least(coalesce(t1, t0) + coalesce(dwell_seconds, 0), t2) AS lain FROM (
        SELECT *, CAST(floor(epoch(received_at)) AS BIGINT) AS t0, CAST(floor(epoch(entered_at)) AS BIGINT) AS t1,
          CAST(floor(epoch(confirmed_at)) AS BIGINT) AS t2
        FROM {fact} WHERE eligible AND {span}))
  ) AS f
  LEFT JOIN {place} AS p ON p.scope = f.fulfilling_scope
  LEFT JOIN {days} AS d0 ON d0.calendar = p.calendar AND d0.utc_day = f.t0 // 86400
  LEFT JOIN {days} AS d1 ON d1.calendar = p.calendar AND d1.utc_day = f.t1 // 86400
  LEFT JOIN {days} AS d2 ON d2.calendar = p.calendar AND d2.utc_day = f.t2 // 86400
  LEFT JOIN {days} AS d3 ON d3.calendar = p.calendar AND d3.utc_day = f.lain // 86400
  LEFT JOIN {days} AS d4 ON d4.calendar = p.calendar AND d4.utc_day = f.asked // 86400
"""
_HAND = {
    "hand_value": """
      SELECT selling_scope, ordered_on, touchpoint, commit_class, order_type, currency, count(*) AS n,
        count(*) FILTER (WHERE commit_class IN ('C0', 'C1', 'C2')) AS digital, count(*) FILTER (WHERE commit_class = 'C1') AS shop,
        count(*) FILTER (WHERE commit_class = 'C0') AS machine, count(*) FILTER (WHERE commit_class <> 'CX') AS classified,
        count(account_key) AS accounts, sum(net_amount) AS net,
        sum(net_amount) FILTER (WHERE commit_class IN ('C0', 'C1', 'C2')) AS digital_net,
        sum(net_amount) FILTER (WHERE commit_class <> 'CX') AS classified_net
      FROM {fact} WHERE eligible AND confirmed GROUP BY ALL ORDER BY 2, 1""",
    "hand_member": """
      SELECT DISTINCT selling_scope, ordered_on, account_key FROM {fact} WHERE eligible AND confirmed ORDER BY 2, 1""",
    "hand_digital_member": """
      SELECT DISTINCT selling_scope, ordered_on, account_key FROM {fact}
      WHERE eligible AND confirmed AND commit_class IN ('C0', 'C1', 'C2') ORDER BY 2, 1""",
    "hand_timed_value": """
      SELECT scope, day, touchpoint, commit_class, count(*) AS n, count(total) AS known FROM hand_timed GROUP BY ALL ORDER BY 2, 1""",
    **{
        f"hand_{part}": f"""
      SELECT scope, day, touchpoint, commit_class, {part} AS seconds, count(*) AS n FROM hand_timed
      WHERE {part} >= 0 GROUP BY ALL ORDER BY 2, 1"""
        for part in ("total", "entry", "wait", "processing")
    },
}


def run() -> list[Outcome]:
    """Answers the outcomes: the build, the reading, the growth with history, and the day that is added."""
    project, lake_folder = laid_out(ORDERS, DAYS)
    model = project.model(AT.date())
    with open_writer(project.store, holder="bench", memory_limit="8GB") as lake:
        with lake.transaction():
            prepare(lake, model)
        hand = seconds(lambda: _by_hand(lake))
        with lake.transaction():
            built = seconds(lambda: rebuild_all(lake, model))
        day = _add_a_day(lake, model)
    outcomes = [
        ratio_outcome(
            f"KPI pack of {len(METRICS)} metrics, {ORDERS:,} orders: the cube", built, "hand-written, same cells", hand, 1.3,
            "each series writes cells of its own, with up to four dimensions", orders=ORDERS,
        ),
        ratio_outcome("a day added to three years, 1 % of it changing the last 60 days", day, "the full build", built, 0.05,
            "every cell of the touched days is counted again from the scan of those days", orders=ORDERS),
        *_reading(project, model),
    ]  # fmt: skip
    shutil.rmtree(lake_folder, ignore_errors=True)
    return outcomes


def laid_out(orders: int, days: int) -> tuple[Project, Path]:
    folder = write_group(SCRATCH / f"performance-{orders}")
    project = open_project(folder)
    with open_writer(project.store, holder="bench", memory_limit="8GB") as lake:
        _insert(lake, orders, days, 0, orders)
    return project, folder


def _insert(lake: Lake, orders: int, days: int, first: int, last: int) -> None:
    rows = FACT_ORDER.replace("$first", str(first)).replace("$last", str(last))
    rows = rows.replace("$days", str(days)).replace("$orders", str(orders))
    lake.execute(_FACTS.replace("{fact}", lake.table("fact_order")).replace("{rows}", rows))


def _reading_sql(at: str, day: str) -> str:
    """The seconds worked by an instant: greatest() takes no notice of the null that a missing interval gives."""
    worked = " + ".join(f"greatest(0, least({at}, {day}.close_{i}) - {day}.open_{i})" for i in range(1, 5))
    return f"({day}.before_seconds + {worked})"


def timed_orders(lake: Lake, span: str = "true") -> str:
    """Answers the query that times each order of the span by hand: scope, day and the business seconds of its parts."""
    reads = {"t0": ("f.t0", "d0"), "t1": ("f.t1", "d1"), "t2": ("f.t2", "d2"), "lain": ("f.lain", "d3"), "asked": ("f.asked", "d4")}
    told = {name: _reading_sql(*of) for name, of in reads.items()}
    tables = {"fact": lake.table("fact_order"), "place": lake.table("scope_calendar"), "days": lake.table("calendar_day")}
    return _TIMED.format(span=span, begun=_reading_sql("coalesce(f.t1, f.t0)", "d1"), **tables, **told)


def _by_hand(lake: Lake) -> None:
    fact, timed = lake.table("fact_order"), timed_orders(lake)
    lake.execute(f"CREATE OR REPLACE TEMP TABLE hand_timed AS {timed}")
    for name, query in _HAND.items():
        with lake.transaction():
            lake.execute(f"CREATE TABLE lake.main.{name} AS {query.format(fact=fact)}")
    for name in _HAND:
        lake.execute(f"DROP TABLE lake.main.{name}")
    lake.execute("DROP TABLE hand_timed")


def _add_a_day(lake: Lake, model: Model) -> float:
    """One day more, and as many changed orders in the last 60 days as 1 % of a day."""
    per_day = ORDERS // DAYS
    changed = max(per_day // 100, 1)
    fact = lake.table("fact_order")
    with lake.transaction():
        for name in (
            "touched_order (root_key VARCHAR)",
            "touched_case (case_key VARCHAR)",
            "touched_cell (fact VARCHAR, scope VARCHAR, day DATE)",
        ):
            lake.execute(f"CREATE OR REPLACE TEMP TABLE {name}")
        _insert(lake, ORDERS, DAYS, ORDERS, ORDERS + per_day)
        step = 60 * per_day // changed
        lake.execute(
            f"CREATE OR REPLACE TEMP TABLE late AS SELECT 'bench:' || CAST({ORDERS} - 1 - i * {step} AS VARCHAR) AS root_key "
            f"FROM range({changed}) AS r(i)"
        )
        lake.execute(f"UPDATE {fact} SET commit_class = 'C1', touchpoint = 'shop' WHERE root_key IN (SELECT root_key FROM late)")
        lake.execute(
            f"INSERT INTO touched_cell SELECT DISTINCT 'fact_order', selling_scope, ordered_on FROM {fact} "
            f"WHERE ordered_on > DATE '{LAST}' OR root_key IN (SELECT root_key FROM late)"
        )
        return seconds(lambda: rebuild(lake, model))


def _reading(project: Project, model: Model) -> list[Outcome]:
    """One month's pack of a market from the cube, against the same pack by one scan; then with a third of the days."""
    cube = _fastest(project, lambda lake: _pack(project, lake, model))
    scan = _fastest(project, _scan)
    small, folder = laid_out(ORDERS // 3, DAYS // 3)
    with open_writer(small.store, holder="bench") as lake, lake.transaction():
        rebuild_all(lake, model)
    thirds = _fastest(small, lambda lake: _pack(small, lake, model))
    shutil.rmtree(folder, ignore_errors=True)
    return [
        ratio_outcome(
            f"one market's month of {len(METRICS)} numbers from the cube", cube, "the scan of the facts", scan, 0.1,
            "planning each query in DuckLake costs about 10 ms, whatever it reads", orders=ORDERS,
        ),
        ratio_outcome("the same with three times the days", cube, "with a third of the days", thirds, 1.5,
            "the cube's files grow with the days that they hold", orders=ORDERS),
    ]  # fmt: skip


def _fastest(project: Project, asked: Callable[[Lake], object]) -> float:
    """The fastest of five, each by a reader of its own: a reader keeps what it was answered, and would not ask twice."""
    found = []
    for _ in range(5):
        with open_reader(project.store) as lake:
            found.append(seconds(partial(asked, lake)))
    return min(found)


def _pack(project: Project, lake: Lake, model: Model) -> list[Number]:
    asking = Asking(project, lake, model, "market/m7", AT, None)
    month = Period.parse("2023-06")
    pack = [number(lake, model, one, "market/m7", month, asked=asking.about(one), beside=False) for one in METRICS]
    if any(one.value is None for one in pack):
        raise RuntimeError("the pack has a number that is not known: nothing was measured")
    return pack


def _scan(lake: Lake) -> None:
    """The pack for all markets and months by hand, from the facts: what one would run without a cube."""
    fact, scope = lake.table("fact_order"), lake.table("dim_scope")
    place, days = lake.table("scope_calendar"), lake.table("calendar_day")
    a, b = _reading_sql("f.t0", "d0"), _reading_sql("f.t2", "d2")
    lake.rows(
        f"SELECT s.market, date_trunc('month', ordered_on) AS month, count(*), "
        "count(*) FILTER (WHERE commit_class IN ('C0', 'C1', 'C2')), count(*) FILTER (WHERE commit_class = 'C1'), "
        "count(*) FILTER (WHERE commit_class = 'C0'), sum(net_amount), count(DISTINCT account_key), "
        "count(DISTINCT account_key) FILTER (WHERE commit_class IN ('C0', 'C1', 'C2')) "
        f"FROM {fact} AS f JOIN {scope} AS s ON s.scope = f.selling_scope WHERE eligible AND confirmed GROUP BY ALL"
    )
    lake.rows(
        f"SELECT s.market, date_trunc('month', ordered_on) AS month, count(*), sum({b} - {a}), "
        f"quantile_disc({b} - {a}, [0.5, 0.9]) FROM (SELECT *, CAST(floor(epoch(received_at)) AS BIGINT) AS t0, "
        f"CAST(floor(epoch(confirmed_at)) AS BIGINT) AS t2 FROM {fact}) AS f JOIN {scope} AS s ON s.scope = f.fulfilling_scope "
        f"LEFT JOIN {place} AS p ON p.scope = f.fulfilling_scope LEFT JOIN {days} AS d0 ON d0.calendar = p.calendar AND d0.utc_day = f.t0 // 86400 "
        f"LEFT JOIN {days} AS d2 ON d2.calendar = p.calendar AND d2.utc_day = f.t2 // 86400 "
        "WHERE f.eligible AND f.confirmed GROUP BY ALL"
    )
