"""What each number of the simulated group is, worked out from what happened, one order and one case at a time.

Two answers are given. `told` is what a faultless reader of the exports must answer: what was lost on the way, held because it
is broken, or never noted, is not in them. `real` is what it was, whatever the systems say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from charter.demo.billing import invoices
from charter.demo.clock import at, day_of
from charter.demo.country import Country
from charter.demo.planting import Planted
from charter.demo.told import CLASSES, NOT_COUNTED, Told, billed_class, told_orders
from charter.demo.worktime import is_working
from charter.demo.world import Case, Invoice, Line, World

DIGITAL = ("C0", "C1", "C2")
REOPENING = 14 * 86_400
SELLER = ("price", "item", "quantity", "address", "duplicate", "document", "credit")
Cells = dict[tuple[str, str, str], Any]
"""(metric, scope, month) -> its parts."""


@cache
def _opening(country: Country, day: date) -> tuple[tuple[int, int], ...]:
    if not is_working(country, day):
        return ()
    return tuple((at(country.zone, day, begin * 60), at(country.zone, day, end * 60)) for begin, end in country.hours)


def worked(country: Country, begin: int, end: int) -> int:
    """Answers the business seconds between two instants, day by day, hour by hour, as one would count by hand."""
    day, last, total = day_of(begin, country.zone), day_of(end, country.zone), 0
    while day <= last:
        for opens, closes in _opening(country, day):
            total += max(0, min(closes, end) - max(opens, begin))
        day += timedelta(days=1)
    return total


def compute(world: World, planted: Planted) -> Cells:
    """Answers every number as told, for the group, each market and each branch, by month."""
    cells: Cells = {}
    spread = Spread()
    for told in told_orders(world, planted):
        _add_order(cells, told)
        spread.add(told)
    cells |= spread.cells()
    for invoice in invoices(world):
        _add_invoice(cells, invoice, world, planted)
    for case in world.cases:
        _add_case(cells, case)
    return {key: _finished(key[0], cell) for key, cell in sorted(cells.items())}


def _scopes(code: str, branch: str) -> tuple[str, str, str]:
    return "group", f"market/{code}", branch


def _cells(cells: Cells, metric: str, told: Told, day: date, fresh: Callable[[], Any]) -> Iterator[Any]:
    for scope in _scopes(told.order.country.code, told.branch.scope):
        key = (metric, scope, f"{day:%Y-%m}")
        if key not in cells:
            cells[key] = fresh()
        yield cells[key]


def _share(cells: Cells, metric: str, told: Told, day: date, top: int, below: int) -> None:
    for cell in _cells(cells, metric, told, day, lambda: [0, 0]):
        cell[0] += top
        cell[1] += below


def _add_order(cells: Cells, told: Told) -> None:
    if not told.counted or not told.amount:
        return
    digital, of = told.commit_class in DIGITAL, told.commit_class
    euro = told.amount * told.order.country.rate
    if told.day is not None:
        day = told.day
        for metric, top in (("order-count", 1), ("order-line-count", len(told.lines))):
            for cell in _cells(cells, metric, told, day, lambda: [0]):
                cell[0] += top
        for cell in _cells(cells, "order-value", told, day, lambda: [0]):
            cell[0] += euro
        _share(cells, "digital-order-ratio", told, day, digital, 1)
        _share(cells, "digital-order-ratio-lines", told, day, digital * len(told.lines), len(told.lines))
        _share(cells, "digital-order-ratio-value", told, day, digital * euro, euro)
        _share(cells, "self-service-ratio", told, day, of == "C1", 1)
        _share(cells, "edi-share", told, day, of == "C0", 1)
        _share(cells, "touchless-ratio", told, day, told.touched is False, 1)
        if told.cancelled is None:
            _share(cells, "digital-order-ratio-net", told, day, digital, 1)
        if told.way != "counter":
            _share(cells, "digital-order-ratio-without-counter", told, day, digital, 1)
        for cell in _cells(cells, "digital-customer-share", told, day, lambda: (set(), set())):
            cell[1].add(told.account)
            if digital:
                cell[0].add(told.account)
        _add_times(cells, told, day)
    if told.shipped is not None and told.day is not None:
        seller = sum(
            1 for one in told.defects if one.caused_by == "seller" and one.category in SELLER and _in_time(one.found, told.shipped)
        )
        _share(cells, "error-rate", told, told.shipped, seller > 0, 1)
        if told.cancelled is None:
            _share(cells, "digital-shipped-share", told, told.shipped, digital * euro, euro)


def _add_invoice(cells: Cells, invoice: Invoice, world: World, planted: Planted) -> None:
    """What was invoiced less what was credited, by the day of each; what is sold within the group is none."""
    found = billed_class(invoice.order, planted, world.exported_on) if invoice.order is not None else None
    if found is not None and not found[1]:
        return
    country = invoice.branch.country
    euro, digital = invoice.amount * country.rate, found is not None and found[0] in DIGITAL
    for scope in _scopes(country.code, invoice.branch.scope):
        month = f"{invoice.day:%Y-%m}"
        cells.setdefault(("invoiced-turnover", scope, month), [0])[0] += euro
        cell = cells.setdefault(("digital-turnover-share", scope, month), [0, 0])
        cell[0] += digital * euro
        cell[1] += euro


def _in_time(found: int, shipped: date) -> bool:
    return (day_of(found, "UTC") - shipped).days <= 30


def _add_times(cells: Cells, told: Told, day: date) -> None:
    for cell in _cells(cells, "order-to-ship-days", told, day, list):
        if told.shipped is not None and told.shipped >= day:
            cell.append((told.shipped - day).days * 86_400)
    if told.cancelled is not None and told.confirmed is not None and told.cancelled < told.confirmed:
        return
    total, calendar, from_entry = _times(told)
    for metric, seconds in (
        ("average-order-time", total),
        ("average-order-time-calendar", calendar),
        ("order-time-from-entry", from_entry),
    ):
        for cell in _cells(cells, metric, told, day, list):
            if seconds is not None:
                cell.append(seconds)


def _times(told: Told) -> tuple[int | None, int | None, int | None]:
    """Business and calendar seconds from T0 to T2, and business seconds from T1 where T0 is not known; without the dwell."""
    country, confirmed = told.order.country, told.confirmed
    begun = told.entered if told.entered is not None else told.received
    if not told.timed or confirmed is None or begun is None:
        return None, None, None
    lain = min(begun + told.dwell, confirmed)
    if told.received is None:
        return None, None, worked(country, begun, confirmed) - worked(country, begun, lain)
    business = worked(country, told.received, confirmed) - worked(country, begun, lain)
    return business, confirmed - told.received - (lain - begun), None


def _add_case(cells: Cells, case: Case) -> None:
    """Replays a case; each time it stayed resolved for two weeks it is one, by the day on which that began."""
    for episode in _episodes(case):
        resolved, unconfirmed = _end(episode)
        if resolved is None:
            continue
        day = day_of(resolved, case.country.zone)
        business = calendar = 0
        state = "open"
        for (begin, told), (end, _) in zip(episode, episode[1:], strict=False):
            state = told
            if state in ("open", "supplier"):
                business += worked(case.country, begin, end)
                calendar += end - begin
        for scope in _scopes(case.country.code, case.account.branch.scope):
            cells.setdefault(("case-count", scope, f"{day:%Y-%m}"), [0])[0] += 1
            for metric, seconds in (
                ("time-to-resolution", business),
                ("time-to-resolution-calendar", calendar),
                ("time-to-resolution-elapsed", resolved - episode[0][0]),
            ):
                cell = cells.setdefault((metric, scope, f"{day:%Y-%m}"), [])
                if not unconfirmed:
                    cell.append(seconds)


DONE = ("resolved", "closed", "silent")


def _episodes(case: Case) -> list[list[tuple[int, str]]]:
    """The case's states with their instants, cut where it was opened again after more than two weeks."""
    found: list[list[tuple[int, str]]] = [[]]
    state, ended = "open", 0
    for event in case.events:
        told = state if event.state == "same" else event.state
        if state in DONE and told not in DONE and event.at > ended + REOPENING:
            found.append([])
        if told in DONE and state not in DONE:
            ended = event.at
        found[-1].append((event.at, told))
        state = told
    return found


def _end(episode: list[tuple[int, str]]) -> tuple[int | None, bool]:
    """When an episode was resolved for good, and whether nobody confirmed it; None where it is open."""
    if episode[-1][1] not in DONE:
        return None, False
    resolved = None
    before = "open"
    for instant, state in episode:
        if state in DONE and before not in DONE:
            resolved = instant
        before = state
    return resolved, episode[-1][1] == "silent"


class Spread:
    """Price dispersion: lines of one article, currency, market and month, among accounts that should pay alike."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str, int], list[tuple[str, Line]]] = {}
        self.rates: dict[str, int] = {}

    def add(self, told: Told) -> None:
        """Takes an order's lines in."""
        country = told.order.country
        if told.counted and told.day is not None:
            self.rates[country.code] = country.rate
            for line in told.lines:
                self.keys.setdefault((f"{told.day:%Y-%m}", country.code, line.item), []).append((told.account, line))

    def cells(self) -> Cells:
        """Answers the deviation from the median price and the net amount, over keys with three accounts at least, in euro."""
        found: Cells = {}
        for (month, code, _), lines in self.keys.items():
            if len({account for account, _ in lines}) < 3:
                continue
            prices = sorted(line.price for _, line in lines)
            median = prices[max(1, ceil(Fraction(1, 2) * len(prices))) - 1]
            deviation = sum(abs(line.amount - line.quantity * median) for _, line in lines) * self.rates[code]
            net = sum(line.amount for _, line in lines) * self.rates[code]
            for scope in ("group", f"market/{code}"):
                cell = found.setdefault(("price-dispersion", scope, month), [0, 0])
                cell[0] += deviation
                cell[1] += net
        return found


def _finished(metric: str, cell: Any) -> Any:
    if metric == "digital-customer-share":
        return [len(cell[0]), len(cell[1])]
    if isinstance(cell, list) and (metric.startswith(("average-order", "order-time", "time-to")) or metric == "order-to-ship-days"):
        return _durations(cell)
    return list(cell)


def _durations(seconds: Iterable[int]) -> dict[str, int | None]:
    """n, sum, and the nearest-rank median and ninth decile."""
    told = sorted(seconds)
    ranks = {
        name: told[max(1, ceil(share * len(told))) - 1] if told else None
        for name, share in (("p50", Fraction(1, 2)), ("p90", Fraction(9, 10)))
    }
    return {"n": len(told), "sum": sum(told), **ranks}


def real_digital_share(world: World) -> dict[str, list[int]]:
    """Answers by month how many orders customers really placed, and how many of them digitally, whatever the systems tell."""
    found: dict[str, list[int]] = {}
    for order in world.orders:
        if order.confirmed and order.kind not in NOT_COUNTED:
            cell = found.setdefault(f"{day_of(order.confirmed, order.country.zone):%Y-%m}", [0, 0])
            cell[0] += CLASSES[order.way] in DIGITAL and not order.impersonated
            cell[1] += 1
    return dict(sorted(found.items()))


def write_truth(path: Path, world: World, planted: Planted) -> None:
    """Writes the truth as JSON: `told` by metric, scope and month, `real`, and what was planted at which rates."""
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for (metric, scope, month), parts in compute(world, planted).items():
        told.setdefault(metric, {}).setdefault(scope, {})[month] = parts
    body = {"told": told, "real": {"digital-order-ratio": real_digital_share(world)}, "planted": as_dict(planted)}
    path.write_text(json.dumps(body, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def as_dict(planted: Planted) -> dict[str, Any]:
    """Answers what was planted, as JSON has it."""
    return {
        "rates": {kind: round(rate, 5) for kind, rate in planted.rates.items()},
        "silent_source": [[code, str(first), str(last)] for code, first, last in planted.silent],
        "broken_document": sorted(planted.broken),
        "rekeyed_order": dict(sorted(planted.rekeyed.items())),
        "impersonated_order": sorted(planted.impersonated),
        "paused_clock": dict(sorted(planted.paused.items())),
        "duplicate_account": dict(sorted(planted.duplicates.items())),
        "price_leak": [[order, line, minor] for (order, line), minor in sorted(planted.leaks.items())],
        "missing_owner": [list(one) for one in planted.vacancies],
        "repeated_rows": planted.repeated_rows,
    }
