"""`charter plan` over 5M orders: a changed target, a changed definition, a moved branch, each against hand-written SQL.

The limit computes the same twelve months of the same metrics at every scope, before and after, from the facts; it knows nothing
of targets, locks, owners or statuses, and writes no difference down.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bench.data import DAYS
from bench.measure import Outcome, ratio_outcome, seconds
from bench.performance import ORDERS, laid_out
from charter.app.apply import apply
from charter.app.plan import PlanReport, plan
from charter.app.project import open_project
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader

_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_METRIC = "group/metrics/digital-order-ratio.yaml"
_OWN = "group/metrics/large-orders.yaml"
_LEVELS = "GROUPING SETS ((month), (month, market), (month, branch))"
_ONE_YEAR = "ordered_on >= DATE '2024-12-01' AND ordered_on < DATE '2025-12-01'"
_MOVE = "branch/b000,market/m0,2020-01-01,,Branch 0,"
_MOVED = "branch/b000,market/m0,2020-01-01,2025-06-01,Branch 0,\nbranch/b000,market/m5,2025-06-01,,Branch 0,"


def run() -> list[Outcome]:
    """Answers the outcomes: how long each of the three plans takes, against the same numbers by hand."""
    project, folder = laid_out(ORDERS, DAYS)
    _declare(folder)
    apply(open_project(folder))
    outcomes = [
        _planned(folder, "one changed target", _target, _ratio, 1.0, "digital-order-ratio"),
        _planned(folder, "a changed definition", _definition, _definitions, 2.0, "large-orders"),
        _planned(folder, "a moved branch", _move, _whole_pack, 2.0, "digital-order-ratio"),
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
    folder: Path, name: str, change: Callable[[Path], None], by_hand: Callable[[Lake], object], at_most: float, metric: str
) -> Outcome:
    """Plans the change and takes it back; both sides in turn, the median of each."""
    kept = {place: place.read_bytes() for place in (folder / "group").rglob("*") if place.is_file()}
    change(folder)
    ours, hand = [], []
    for _ in range(_ROUNDS):
        with open_reader(open_project(folder).store, memory_limit="8GB") as lake:
            hand.append(seconds(lambda lake=lake: by_hand(lake)))  # type: ignore[misc]
        found: list[PlanReport] = []
        ours.append(seconds(lambda: found.append(plan(open_project(folder)))))  # noqa: B023
    for place, content in kept.items():
        place.write_bytes(content)
    return ratio_outcome(
        f"plan of {name}, {ORDERS:,} orders", sorted(ours)[_ROUNDS // 2], "hand-written, the same months before and after",
        sorted(hand)[_ROUNDS // 2], at_most, "", orders=ORDERS, metrics=len(found[0].metrics), numbers=len(found[0].numbers),
    )  # fmt: skip


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
