"""The measure of truth: simulated groups of seeds drawn at run time, taken in, and every answer held against what really was.

A KPI passes when no number of any scope and month differs; a planted defect when recall and precision are 0.95 or more.
"""

from __future__ import annotations

import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from charter.app.check import check
from charter.app.feeds import Asking
from charter.app.impersonated import impersonated
from charter.app.match import find as match
from charter.app.match import found_pairs
from charter.app.project import Project, open_project
from charter.app.run import run
from charter.app.suspects import paused, rekeyed
from charter.demo.clock import day_of
from charter.demo.exports.shops import acknowledged
from charter.demo.group import Demo, write_demo
from charter.demo.truth import Cells, compute
from charter.demo.world import Order, Size
from charter.model.model import Model
from charter.performance.figure import Figure
from charter.performance.history import alike_metrics, figures_by_month
from charter.performance.metric import find_metric
from charter.performance.number import Number, cube_plan, number
from charter.values.period import Period
from charter.warehouse.lake import Lake

SEEDS = 3
SIZE = Size(branches=24, countries=6, months=36, orders=40_000)
AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
ENOUGH = 0.95
TIMES = ("average-order-time", "average-order-time-calendar", "order-time-from-entry", "order-to-ship-days",
         "time-to-resolution", "time-to-resolution-calendar", "time-to-resolution-elapsed")  # fmt: skip
MONEY = ("invoiced-turnover", "order-value")


@dataclass(frozen=True)
class Kpi:
    """How a KPI compared: numbers looked at, and the first that differ."""

    name: str
    compared: int
    differing: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """How a planted defect was found: how many there are, how many were found, how many alarms there were."""

    name: str
    planted: int
    found: int
    alarms: int
    right: int
    note: str = ""

    @property
    def recall(self) -> float:
        """Answers which share of what was planted was found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Answers which share of the alarms was right."""
        return self.right / self.alarms if self.alarms else 1.0

    @property
    def passed(self) -> bool:
        """Answers whether it was found well enough; what is not built cannot fail."""
        return self.note == "not built" or (self.recall >= ENOUGH and self.precision >= ENOUGH)


def run_seed(seed: int, folder: Path, size: Size = SIZE) -> tuple[list[Kpi], list[Found]]:
    """Answers how Charter's answers compare with the truth of one seed."""
    demo = write_demo(folder, Size(size.branches, size.countries, size.months, size.orders, seed))
    project = open_project(folder)
    run(project, at=AT)
    cells = compute(demo.world, demo.planted)
    return compare(project, demo, cells), find(project, demo)


def compare(project: Project, demo: Demo, cells: Cells) -> list[Kpi]:
    """Answers each KPI beside its truth: the group, all markets and all branches in every month.

    The figures are read as trends and plans read them; of one in fifty the whole number is asked, as `charter number` does.
    """
    model = project.model(AT.date())
    months = [Period.parse(f"{demo.world.start.year + n // 12}-{n % 12 + 1:02}") for n in range(demo.world.size.months)]
    with project.reading() as lake:
        return [_kpi(_Asked(project, demo, lake, model, months), metric, cells) for metric in sorted({key[0] for key in cells})]


@dataclass(frozen=True)
class _Asked:
    project: Project
    demo: Demo
    lake: Lake
    model: Model
    months: list[Period]

    def rate(self, scope: str) -> int:
        """Answers the plan rate of the currency that a scope's money is told in, in millionths of a euro."""
        rates = {country.code: country.rate for country in self.demo.world.countries}
        return 10**6 if scope == "group" else rates[scope.split("/")[1][:2]]


def _kpi(asked: _Asked, metric: str, cells: Cells) -> Kpi:
    rng = random.Random(f"{asked.demo.world.size.seed} {metric}")
    scopes = sorted({key[1] for key in cells if key[0] == metric})
    metrics = {scope: find_metric(asked.model, metric, scope) for scope in scopes}
    counted, told = 0, []
    for alike in alike_metrics(metrics):
        for month, figures in figures_by_month(asked.lake, asked.model, cube_plan(asked.model), alike, asked.months):
            for scope in alike:
                counted += 1
                theirs = cells.get((metric, scope, str(month)))
                wanted = _wanted(metric, theirs, asked.rate(scope))
                answers = {_answered(metric, figures[scope])}
                if rng.random() < 0.02:
                    answers.add(_answered(metric, _number(asked, metric, scope, month).figure))
                if answers != {wanted}:
                    told.append(f"{scope} {month}: truth {wanted}, Charter {sorted(answers)}")
    return Kpi(metric, counted, tuple(told))


def _number(asked: _Asked, metric: str, scope: str, month: Period) -> Number:
    about = Asking(asked.project, asked.lake, asked.model, scope, AT, None).about(metric)
    return number(asked.lake, asked.model, metric, scope, month, asked=about, beside=False)


def _wanted(metric: str, parts: Any, rate: int) -> tuple[str, ...]:
    """The truth as canonical text. Money is in millionths of a hundredth of a euro: at a rate, of that currency's own."""
    if metric in TIMES:
        return tuple(str(parts[name]) for name in ("n", "sum", "p50", "p90")) if parts else ("0", "0", "None", "None")
    if parts is None:
        return ("None",)
    if metric in MONEY:
        return (_rounded(Fraction(parts[0], rate * 100), 2),)
    if len(parts) == 1:
        return (str(parts[0]),)
    # More credited than invoiced: nothing is a share of that.
    return (_rounded(Fraction(*parts), 6) if parts[1] > 0 else "None",)


def _answered(metric: str, ours: Figure) -> tuple[str, ...]:
    if metric in TIMES:
        times = ours.times["total"]
        return tuple(str(one) for one in (times.n, times.total, times.p50, times.p90))
    if ours.value is None:
        return ("None",)
    if metric in MONEY:
        return (_rounded(Fraction(ours.value), 2),)
    if metric.endswith("-count"):
        return (str(int(ours.value)),)
    return (_rounded(Fraction(ours.value), 6),)


def _rounded(value: Fraction, places: int) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator) if value.denominator != 1 else Decimal(value.numerator)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def find(project: Project, demo: Demo) -> list[Found]:
    """Answers how well each planted defect was found."""
    return [
        _broken(project, demo),
        _silent(project, demo),
        _owners(project, demo),
        _rekeyed(project, demo),
        _impersonated(project, demo),
        _paused(project, demo),
        _duplicates(project, demo),
        Found("price_leak", len(demo.planted.leaks), 0, 0, 0, "not built"),
    ]


def _broken(project: Project, demo: Demo) -> Found:
    """Documents of which rows are held, against those whose rows were broken."""
    with project.reading() as lake:
        held = {
            row[0].split(":", 1)[1]
            for row in lake.rows(f"SELECT DISTINCT document_key FROM {lake.table('quarantine_row')} WHERE document_key IS NOT NULL")
        }
    planted = {order.number for order in demo.world.orders if order.number in demo.planted.broken and _was_exported(demo, order)}
    return Found("broken_document", len(planted), len(planted & held), len(held), len(planted & held))


def _was_exported(demo: Demo, order: Order) -> bool:
    return bool(order.entered) and not demo.planted.is_silent(order.country.code, order.entered_on)


def _silent(project: Project, demo: Demo) -> Found:
    """Markets and months whose count of orders is not certified because rows never came."""
    model = project.model(AT.date())
    alarms = set()
    with project.reading() as lake:
        for country in demo.world.countries:
            scope = f"market/{country.code}"
            asking = Asking(project, lake, model, scope, AT, None)
            for place in range(demo.world.size.months):
                month = f"{demo.world.start.year + place // 12}-{place % 12 + 1:02}"
                found = number(
                    lake, model, "order-count", scope, Period.parse(month), asked=asking.about("order-count"), beside=False
                )
                if any("not received" in reason for reason in found.why_not_certified) or _unexplained(found):
                    alarms.add((country.code, month))
    planted = {(code, f"{first:%Y-%m}") for code, first, _ in demo.planted.silent}
    # An order that was entered on a lost day and confirmed in the next month is missing there.
    missing = planted | {
        (order.country.code, f"{day_of(order.confirmed, order.country.zone):%Y-%m}")
        for order in demo.world.orders
        if order.entered and order.confirmed and demo.planted.is_silent(order.country.code, order.entered_on)
    }
    return Found("silent_source", len(planted), len(planted & alarms), len(alarms), len(missing & alarms))


def _rekeyed(project: Project, demo: Demo) -> Found:
    """Orders of the shop that somebody keyed again, of which the systems tell both."""
    span = f"{demo.world.start}/{demo.world.end}"
    alarms = set(rekeyed(project, "group", span).pairs)
    planted = set()
    for order in demo.world.orders:
        if order.rekeyed and _was_exported(demo, order) and order.number not in demo.planted.broken:
            shop = "shop" if order.country.shop == "classic" else "next"
            planted.add((f"{shop}:{order.shop_number}", f"{order.country.system}:{order.number}"))
    return Found("rekeyed_order", len(planted), len(planted & alarms), len(alarms), len(planted & alarms))


def _impersonated(project: Project, demo: Demo) -> Found:
    """Orders that a rep placed as if he were the customer, and that count."""
    alarms = set(impersonated(project, "group", f"{demo.world.start}/{demo.world.end}").roots)
    planted = set()
    for order in demo.world.orders:
        told = acknowledged(order)
        if order.impersonated and told and day_of(told, order.country.zone) < demo.world.end:
            planted.add(f"{'shop' if order.country.shop == 'classic' else 'next'}:{order.shop_number}")
    return Found("impersonated_order", len(planted), len(planted & alarms), len(alarms), len(planted & alarms))


def _paused(project: Project, demo: Demo) -> Found:
    """Cases whose clock was stopped though nothing was asked; those that are open, or ended in silence, have no time that it could better."""
    span = f"{demo.world.start}/{demo.world.end}"
    alarms = {case.split(":", 1)[1] for case, _ in paused(project, "group", span).pauses}
    resolved = {case.number for case in demo.world.cases if case.events[-1].state in ("resolved", "closed")}
    planted = {number for number in demo.planted.paused if number in resolved}
    return Found("paused_clock", len(planted), len(planted & alarms), len(alarms), len(planted & alarms))


_MATCHED = ("automatic", "review", "implied", "decided same")


def _duplicates(project: Project, demo: Demo) -> Found:
    """Pairs of customer numbers that are matched of themselves or stand in the review queue."""
    match(project)
    alarms = {frozenset((pair.left, pair.right)) for pair in found_pairs(project) if pair.status in _MATCHED}
    planted = {frozenset(pair) for pair in demo.planted.duplicates.items()}
    return Found("duplicate_account", len(planted), len(planted & alarms), len(alarms), len(planted & alarms))


def _unexplained(found: Number) -> bool:
    """Whether the ERP tells of more orders than came, were held, or may be among what is held and names no place."""
    orders = [one for one in found.passport.reconciliation if one.measure == "orders"]
    told = {one.source for one in orders if one.theirs}
    nowhere = sum(one.documents for one in found.passport.held if one.source in told and not one.placed)
    missing = sum(one.unexplained for one in orders) - nowhere
    return missing > sum(one.theirs for one in orders) * Decimal("0.005")


def _owners(project: Project, demo: Demo) -> Found:
    findings = check(project, date(2026, 1, 15))
    alarms = {
        (f.message.split(" answers for ")[1].split(" at ")[0], f.message.split(" at ")[1].split(",")[0])
        for f in findings
        if f.code == "ORG003"
    }
    planted = {(object_, scope) for object_, scope, _ in demo.planted.vacancies}
    return Found("missing_owner", len(planted), len(planted & alarms), len(alarms), len(planted & alarms))


def _table(results: Mapping[int, tuple[list[Kpi], list[Found]]]) -> Iterator[str]:
    for seed, (kpis, found) in results.items():
        yield f"seed {seed}"
        for kpi in kpis:
            mark = "equal" if not kpi.differing else f"{len(kpi.differing)} DIFFER, the first: {kpi.differing[0]}"
            yield f"  {kpi.name:44} {kpi.compared:6} numbers  {mark}"
        for one in found:
            told = one.note or f"recall {one.recall:.3f}  precision {one.precision:.3f}"
            yield f"  {one.name:24} planted {one.planted:5}  found {one.found:5}  alarms {one.alarms:5}  {told}{'' if one.passed else '  NOT PASSED'}"


def run_all(seeds: list[int]) -> dict[int, tuple[list[Kpi], list[Found]]]:
    """Answers the comparison of each seed."""
    results = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="charter-truth-") as folder:
            begin = time.perf_counter()
            results[seed] = run_seed(seed, Path(folder) / "group")
            print(f"... seed {seed}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    return results


def passed(results: Mapping[int, tuple[list[Kpi], list[Found]]]) -> bool:
    """Answers whether no KPI differs and each planted defect is found well enough."""
    return all(not kpi.differing for kpis, _ in results.values() for kpi in kpis) and all(
        one.passed for _, found in results.values() for one in found
    )


def main(arguments: list[str]) -> int:
    """Prints the comparison for the given seeds, or for three drawn now; answers the exit code."""
    seeds = [int(one) for one in arguments] or [secrets.randbelow(10**6) for _ in range(SEEDS)]
    results = run_all(seeds)
    for line in _table(results):
        print(line)
    return 0 if passed(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
