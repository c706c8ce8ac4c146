"""The order metrics in plain Python: one order after the other, exact fractions, sorted lists. Nothing of it is Charter's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from math import ceil
from typing import Any

from small_group import stands_under, worked

Row = dict[str, Any]
Asked = tuple[str, date, date]
"""Scope, first day, first day no longer."""
DIGITAL, KNOWN = {"C0", "C1", "C2"}, {"C0", "C1", "C2", "C3", "C4", "C5"}


def six(value: Fraction | None) -> Decimal | None:
    """A fraction at scale 6, half even."""
    if value is None:
        return None
    with localcontext() as context:
        context.prec, whole = 60, round(value * 1_000_000)
        return (Decimal(whole) / 1_000_000).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def share(above: Any, below: Any) -> Decimal | None:
    return six(Fraction(above) / Fraction(below)) if below else None


def placed(rows: Iterable[Row], asked: Asked, scope: str, day: str) -> list[Row]:
    """The rows of the period whose scope stood under the asked one on their own day."""
    at, first, last = asked
    return [row for row in rows if row[day] and first <= row[day] < last and stands_under(row[scope], at, row[day])]


def intake(orders: Sequence[Row], asked: Asked, day: str = "ordered_on") -> list[Row]:
    return [row for row in placed(orders, asked, "selling_scope", day) if row["eligible"] and row["confirmed"]]


def counts(rows: Sequence[Row], above: Callable[[Row], bool], known: Callable[[Row], bool]) -> Row:
    k, n = sum(map(above, rows)), len(rows)
    return {"value": share(k, n), "numerator": k, "denominator": n, "n": n, "coverage": share(sum(map(known, rows)), n)}


def ratio(orders: Sequence[Row], asked: Asked, classes: set[str], *, only: Callable[[Row], bool] = lambda _: True) -> Row:
    rows = [row for row in intake(orders, asked) if only(row)]
    return counts(rows, lambda row: row["commit_class"] in classes, lambda row: row["commit_class"] in KNOWN)


def weighted(rows: Sequence[Row], weigh: str) -> Row:
    whole = sum(row[weigh] for row in rows)
    digital = sum(row[weigh] for row in rows if row["commit_class"] in DIGITAL)
    known = sum(row[weigh] for row in rows if row["commit_class"] in KNOWN)
    return {"value": share(digital, whole), "numerator": digital, "denominator": whole, "coverage": share(known, whole)}


def invoiced(lines: Sequence[Row], asked: Asked) -> list[Row]:
    return [row for row in placed(lines, asked, "selling_scope", "invoiced_on") if row["eligible"] is not False]


def invoiced_share(lines: Sequence[Row], asked: Asked) -> Row:
    """Of less than nothing nothing is a share; what is unknown may be above or below, and counts by its size."""
    rows = invoiced(lines, asked)
    whole, found = sum(row["net_amount"] for row in rows), Decimal(0)
    digital = sum(row["net_amount"] for row in rows if row["commit_class"] in DIGITAL)
    for row in rows:
        found += abs(row["net_amount"]) if row["commit_class"] not in KNOWN else 0
    some = whole > 0
    return {
        "value": share(digital, whole) if some else None, "coverage": share(whole - found, whole) if some else None, "n": len(rows),
        **({"numerator": digital, "denominator": whole} if rows else {}),
    }  # fmt: skip


def touchless(orders: Sequence[Row], asked: Asked) -> Row:
    return counts(intake(orders, asked), lambda row: row["human_touched"] is False, lambda row: row["human_touched"] is not None)


def customers(orders: Sequence[Row], asked: Asked) -> Row:
    rows = intake(orders, asked)
    every = {row["account_key"] for row in rows} - {None}
    digital = {row["account_key"] for row in rows if row["commit_class"] in DIGITAL} - {None}
    named = sum(row["account_key"] is not None for row in rows)
    return {
        "value": share(len(digital), len(every)), "numerator": len(digital), "denominator": len(every), "n": len(every),
        "coverage": share(named, len(rows)),
    }  # fmt: skip


SELLER = {"price", "item", "quantity", "address", "duplicate", "document", "credit"}


def errors(orders: Sequence[Row], defects: Sequence[Row], asked: Asked) -> Row:
    rows = intake(orders, asked, "shipped_on")

    def has(row: Row, fits: Callable[[Row], bool]) -> bool:
        mine = [one for one in defects if one["root_key"] == row["root_key"] and one["found_at"]]
        return any(fits(one) and (one["found_at"].astimezone(UTC).date() - row["shipped_on"]).days <= 30 for one in mine)

    bad = sum(has(row, lambda one: one["caused_by"] == "seller" and one["category"] in SELLER) for row in rows)
    remorse = sum(has(row, lambda one: one["category"] == "remorse") for row in rows)
    return {"value": share(bad, len(rows)), "numerator": bad, "denominator": len(rows), "values": {"remorse": remorse}}


# Order time. Every instant is cut to whole seconds first.


def _cut(moment: datetime | None) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None


def _seconds(scope: str | None, a: datetime, b: datetime, business: bool) -> int | None:
    return worked(scope, a, b) if business else int((b - a).total_seconds())


def order_time(row: Row, business: bool) -> tuple[dict[str, int], str | None]:
    """The durations of an order by name, and why there is none."""
    t0, t1, t2 = (_cut(row[name]) for name in ("received_at", "entered_at", "confirmed_at"))
    gap = (
        "dates_only" if row["time_precision"] == "day"
        else "no_received" if t0 is None
        else "not_confirmed" if t2 is None
        else "stepped_back" if t2 < t0
        else None
    )  # fmt: skip
    if gap or t0 is None or t2 is None:
        return {}, gap
    scope, begun = row["fulfilling_scope"], t1 or t0
    lain, asked = _parts(row, begun, t2)
    whole, dwell = _seconds(scope, t0, t2, business), _signed(scope, begun, lain, business)
    if whole is None:
        return {}, "no_calendar"
    if dwell is None:
        return {}, None
    found = {"total": whole - dwell}
    if t1 is not None and t0 <= t1 <= t2:
        spans = {"entry": (t0, t1), "customer_wait": (asked, t2), "processing": (lain, asked)}
        split = {name: _seconds(scope, a, b, business) for name, (a, b) in spans.items()}
        found |= {name: seconds for name, seconds in split.items() if seconds is not None}
    return found, None


def _parts(row: Row, begun: datetime, t2: datetime) -> tuple[datetime, datetime]:
    """Where the dwell ends that begins with the entry, and where the customer's wait begins that ends with T2."""
    stamp = int(t2.timestamp())
    lain = min(int(begun.timestamp()) + max(row["dwell_seconds"] or 0, 0), stamp)
    asked = max(stamp - max(row["customer_wait_seconds"] or 0, 0), lain)
    return datetime.fromtimestamp(lain, UTC), datetime.fromtimestamp(asked, UTC)


def _signed(scope: str | None, a: datetime, b: datetime, business: bool) -> int | None:
    if a <= b:
        return _seconds(scope, a, b, business)
    back = _seconds(scope, b, a, business)
    return None if back is None else -back


def from_entry(row: Row) -> int | None:
    t1, t2 = _cut(row["entered_at"]), _cut(row["confirmed_at"])
    if row["time_precision"] == "day" or row["received_at"] or t1 is None or t2 is None or t2 < t1:
        return None
    lain, _ = _parts(row, t1, t2)
    whole, dwell = worked(row["fulfilling_scope"], t1, t2), worked(row["fulfilling_scope"], t1, lain)
    return None if whole is None or dwell is None else whole - dwell


def spread(values: Sequence[int]) -> Row:
    """n, sum, mean, P50 and P90 by nearest rank of a sorted list."""
    ordered = sorted(values)
    n = len(ordered)

    def rank(p: Fraction) -> int | None:
        return ordered[ceil(p * n) - 1] if n else None

    return {
        "n": n,
        "total": sum(ordered),
        "mean": share(sum(ordered), n),
        "p50": rank(Fraction(1, 2)),
        "p90": rank(Fraction(9, 10)),
    }


def _in_time(row: Row) -> bool:
    cancelled, confirmed = row["cancelled_at"], row["confirmed_at"]
    return bool(row["confirmed"]) and (cancelled is None or confirmed is None or cancelled >= confirmed)


def average_order_time(orders: Sequence[Row], asked: Asked, *, business: bool = True) -> Row:
    rows = [row for row in placed(orders, asked, "fulfilling_scope", "ordered_on") if row["eligible"]]
    held = [order_time(row, business) for row in rows if _in_time(row)]
    names = ("total", "entry", "customer_wait", "processing") if business else ("total",)
    times = {name: spread([one[name] for one, _ in held if one.get(name, -1) >= 0]) for name in names}
    gaps = ("dates_only", "no_received", "not_confirmed", "stepped_back", "no_calendar")
    values = {f"unknown_{gap}": sum(why == gap for _, why in held) for gap in gaps}
    values["abandoned"] = sum(
        row["cancelled_at"] is not None and (row["confirmed_at"] is None or row["cancelled_at"] < row["confirmed_at"])
        for row in rows
    )
    known = sum("total" in one for one, _ in held)
    return {
        "value": times["total"]["mean"],
        "n": times["total"]["n"],
        "coverage": share(known, len(held)),
        "times": times,
        "values": values,
    }


def time_from_entry(orders: Sequence[Row], asked: Asked) -> Row:
    rows = [row for row in placed(orders, asked, "fulfilling_scope", "ordered_on") if row["eligible"] and _in_time(row)]
    found = [from_entry(row) for row in rows if row["received_at"] is None]
    known = [one for one in found if one is not None]
    return {"coverage": share(len(known), len(found)), "times": {"total": spread(known)}}


def order_to_ship(orders: Sequence[Row], asked: Asked) -> Row:
    rows = [r for r in placed(orders, asked, "fulfilling_scope", "ordered_on") if r["eligible"] and r["confirmed"]]
    days = [(r["shipped_on"] - r["ordered_on"]).days for r in rows if r["shipped_on"] and r["shipped_on"] >= r["ordered_on"]]
    return {
        "value": share(sum(days), len(days)), "n": len(days), "coverage": share(len(days), len(rows)),
        "values": {
            "unshipped": sum(r["shipped_on"] is None for r in rows),
            "stepped_back": sum(r["shipped_on"] is not None and r["shipped_on"] < r["ordered_on"] for r in rows),
        },
    }  # fmt: skip


def dispersion(lines: Sequence[Row], market: str, first: date, last: date) -> Row:
    """PCI part C, one month: |net - quantity x median| over net, in keys of three accounts or more."""
    keys: dict[tuple[Any, ...], list[Row]] = {}
    for row in lines:
        fit = row["eligible"] and row["is_origin"] is not False and row["account_key"] and row["item_key"] and row["ordered_on"]
        if fit and min(row["quantity"], row["net_amount"], row["unit_price"]) > 0 and first <= row["ordered_on"] < last:
            to = row["ship_to_market"] or "group"
            if market in ("group", to):
                keys.setdefault((to, row["currency"], row["item_key"], row["unit"], row["tier_band"]), []).append(row)
    whole = sum((row["net_amount"] for many in keys.values() for row in many), Decimal(0))
    covered = [many for many in keys.values() if len({row["account_key"] for row in many}) >= 3]
    net = sum((row["net_amount"] for many in covered for row in many), Decimal(0))
    deviation = Decimal(0)
    for many in covered:
        prices = sorted(row["unit_price"] for row in many)
        median = prices[ceil(Fraction(len(prices), 2)) - 1]
        deviation += sum((abs(row["net_amount"] - row["quantity"] * median) for row in many), Decimal(0))
    return {
        "value": share(deviation, net), "numerator": deviation, "denominator": net, "coverage": share(net, whole),
        "values": {"keys": len(covered), "lines": sum(map(len, covered))},
    }  # fmt: skip
