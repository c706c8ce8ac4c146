"""`charter plan` over 5M orders: a changed target, a changed definition, a moved branch, each against hand-written SQL.

The limit computes the same twelve months of the same metrics at every scope, before and after, from the facts; it knows nothing
of targets, locks, owners, intervals or statuses, and writes no difference down. Both open the workspace and the lake.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.data import DAYS
from bench.measure import Outcome, ratio_outcome, seconds
from bench.performance import ORDERS, laid_out, timed_orders
from charter.app.apply import apply
from charter.app.plan import PlanReport, plan
from charter.app.project import open_project
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader

_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_METRIC = "group/metrics/digital-order-ratio.yaml"
_OWN = "group/metrics/large-orders.yaml"
_YEAR = "ordered_on >= DATE '2024-12-01' AND ordered_on < DATE '2025-12-01'"
_LEVELS = "GROUPING SETS ((month), (month, market), (month, branch))"
_BOTH_TREES = "GROUPING SETS ((month), (month, market), (month, market_after), (month, branch))"
_DIGITAL = "commit_class IN ('C0', 'C1', 'C2')"
# The orders of the year with their place in the tree, before and after the branch moved.
_PLACED = """
SELECT f.*, date_trunc('month', ordered_on) AS month, s.market, selling_scope AS branch,
  CASE WHEN selling_scope = 'branch/b000' AND ordered_on >= DATE '2025-06-01' THEN 'market/m5' ELSE s.market END AS market_after
FROM {fact} AS f JOIN {scope} AS s ON s.scope = f.selling_scope
WHERE eligible AND confirmed AND {year}
"""
_FEW = (
    "DuckDB counts a year in 0.2 s; 6,552 numbers a side get an exact interval, the target of their day and a status in Python, "
    "0.15 ms each, and checking and comparing two models of 500 branches takes a second"
)
_MANY = (
    "40 reads in DuckLake at 20 to 50 ms each, whatever they read, and exact quantiles of the histograms of two markets in Python"
)
_MOVE = "branch/b000,market/m0,2020-01-01,,Branch 0,"
_MOVED = "branch/b000,market/m0,2020-01-01,2025-06-01,Branch 0,\nbranch/b000,market/m5,2025-06-01,,Branch 0,"


def run() -> list[Outcome]:
    """Answers the outcomes: how long each of the three plans takes, against the same numbers by hand."""
    _, folder = laid_out(ORDERS, DAYS)
    _declare(folder)
    apply(open_project(folder))
    outcomes = [
        _planned(folder, "one changed target", _target, _ratio, 2.0, _FEW),
        _planned(folder, "a changed definition", _definition, _definitions, 2.0, _FEW),
        _planned(folder, "a moved branch", _move, _whole_pack, 1.0, _MANY),
    ]
    shutil.rmtree(folder, ignore_errors=True)
    return outcomes


def _declare(folder: Path) -> None:
    place = folder / _METRIC
    place.write_text(place.read_text().replace("@1}", "@1, target: 0.5}"))
    (folder / _OWN).write_text(
        "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: large-orders}\nspec:\n  target: 0.5\n  definition:\n    fact: fact_order\n"
        "    day: ordered_on\n    scope: selling_scope\n    filter: eligible and confirmed\n"
        '    numerator: "count(*) filter (where net_amount > 1000)"\n    denominator: "count(*)"\n'
    )


def _planned(
    folder: Path, name: str, change: Callable[[Path], None], by_hand: Callable[[Lake], object], at_most: float, cause: str
) -> Outcome:
    """Plans the change and takes it back; both sides in turn, the median of each."""
    kept = {place: place.read_bytes() for place in (folder / "group").rglob("*") if place.is_file()}
    change(folder)
    ours, hand = [], []
    found: list[PlanReport] = []
    for _ in range(_ROUNDS):
        hand.append(seconds(partial(_opened, folder, by_hand)))
        ours.append(seconds(partial(_kept, folder, found)))
    for place, content in kept.items():
        place.write_bytes(content)
    return ratio_outcome(
        f"plan of {name}, {ORDERS:,} orders", sorted(ours)[_ROUNDS // 2], "hand-written, the same months before and after",
        sorted(hand)[_ROUNDS // 2], at_most, cause, orders=ORDERS, metrics=len(found[0].metrics), numbers=len(found[0].numbers),
    )  # fmt: skip


def _opened(folder: Path, by_hand: Callable[[Lake], object]) -> None:
    with open_reader(open_project(folder).store, memory_limit="8GB") as lake:
        by_hand(lake)


def _kept(folder: Path, found: list[PlanReport]) -> None:
    found.append(plan(open_project(folder)))
    if not found[-1].numbers:
        raise RuntimeError("the plan moves no number: nothing was compared")


def _target(folder: Path) -> None:
    place = folder / _METRIC
    place.write_text(place.read_text().replace("target: 0.5", "target: 0.6"))


def _definition(folder: Path) -> None:
    place = folder / _OWN
    place.write_text(place.read_text().replace("> 1000", "> 2000"))


def _move(folder: Path) -> None:
    place = folder / "group/scopes.csv"
    text = place.read_text()
    if _MOVE not in text:
        raise RuntimeError("the branch that moves is not there")
    place.write_text(text.replace(_MOVE, _MOVED))


def _placed(lake: Lake) -> str:
    return _PLACED.format(fact=lake.table("fact_order"), scope=lake.table("dim_scope"), year=_YEAR)


def _ratio(lake: Lake) -> None:
    """A target changes no number: they are computed once."""
    lake.rows(
        f"SELECT month, market, branch, count(*), count(*) FILTER (WHERE {_DIGITAL}), count(*) FILTER (WHERE commit_class <> 'CX') "
        f"FROM ({_placed(lake)}) GROUP BY {_LEVELS}"
    )


def _definitions(lake: Lake) -> None:
    lake.rows(
        "SELECT month, market, branch, count(*), count(*) FILTER (WHERE net_amount > 1000), count(*) FILTER (WHERE net_amount > 2000) "
        f"FROM ({_placed(lake)}) GROUP BY {_LEVELS}"
    )


def _whole_pack(lake: Lake) -> None:
    """Every metric of the pack under both trees: the counts and sums, the distinct customers, the times."""
    lake.rows(
        f"SELECT month, market, market_after, branch, count(*), count(*) FILTER (WHERE {_DIGITAL}), "
        "count(*) FILTER (WHERE commit_class = 'C1'), count(*) FILTER (WHERE commit_class = 'C0'), "
        "count(*) FILTER (WHERE commit_class <> 'CX'), count(*) FILTER (WHERE net_amount > 1000), sum(net_amount), "
        f"sum(net_amount) FILTER (WHERE {_DIGITAL}), count(DISTINCT account_key), count(DISTINCT account_key) FILTER (WHERE {_DIGITAL}) "
        f"FROM ({_placed(lake)}) GROUP BY {_BOTH_TREES}"
    )
    parts = ", ".join(f"sum({part}), quantile_disc({part}, [0.5, 0.9])" for part in ("total", "entry", "wait", "processing"))
    lake.rows(
        "SELECT month, market, market_after, branch, count(total), "
        + parts
        + " FROM (SELECT t.*, date_trunc('month', day) AS month, s.market, "
        "t.scope AS branch, CASE WHEN t.scope = 'branch/b000' AND day >= DATE '2025-06-01' THEN 'market/m5' ELSE s.market END AS market_after "
        f"FROM ({timed_orders(lake, _YEAR)}) AS t JOIN {lake.table('dim_scope')} AS s ON s.scope = t.scope) GROUP BY {_BOTH_TREES}"
    )
