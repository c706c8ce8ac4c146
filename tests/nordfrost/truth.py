"""What each number of the demo group really is, computed from what happened; shares no code with what measures it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.nordfrost.exports import Planted
from tests.nordfrost.world import CLASSES, HOURS, MARKETS, Order, World, is_working

DIGITAL = ("C0", "C1", "C2")


def worked_seconds(market: str, begin: datetime, end: datetime) -> int:
    """Answers the business seconds between two instants: day by day, hour by hour, as one would count by hand."""
    zone = ZoneInfo(MARKETS[market][0])
    day, last, total = begin.astimezone(zone).date(), end.astimezone(zone).date(), 0
    while day <= last:
        if is_working(market, day):
            for opens, closes in HOURS[market]:
                start = _wall(day, opens, zone)
                stop = _wall(day, closes, zone)
                total += max(0, int((min(stop, end) - max(start, begin)).total_seconds()))
        day += timedelta(days=1)
    return total


def _wall(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone).astimezone(UTC)


def eligible(world: World, planted: Planted) -> list[Order]:
    """Answers the orders that count, less those whose rows are broken and are therefore held (they are known here).

    An order that the shop tells of as well is not lost with the ERP's broken rows.
    """
    return [o for o in world.orders if o.kind == "standard" and (o.number not in planted.lost_orders or o.shop_number)]


def compute(world: World, planted: Planted) -> dict[str, Any]:
    """Answers the truth: per market and month, orders, digital ones, and order times."""
    cells: dict[str, dict[str, Any]] = {}
    for order in eligible(world, planted):
        for scope in ("group", f"market/{order.market}"):
            cell = cells.setdefault(f"{scope} {order.day:%Y-%m}", {"orders": 0, "digital": 0, "times": []})
            cell["orders"] += 1
            cell["digital"] += CLASSES[order.channel] in DIGITAL
            early = order.cancelled is not None and order.cancelled < order.confirmed
            if order.received is not None and not early:
                cell["times"].append(worked_seconds(order.market, order.received, order.confirmed))
    return {key: _finished(cell) for key, cell in sorted(cells.items())}


def _finished(cell: dict[str, Any]) -> dict[str, Any]:
    times = sorted(cell.pop("times"))
    n = len(times)
    return {
        **cell,
        "aot_n": n,
        "aot_sum": sum(times),
        "aot_p50": times[max(1, ceil(Fraction(1, 2) * n)) - 1] if n else None,
        "aot_p90": times[max(1, ceil(Fraction(9, 10) * n)) - 1] if n else None,
    }


def write_truth(path: Path, world: World, planted: Planted) -> None:
    """Writes the truth as JSON beside the workspace."""
    body = {
        "cells": compute(world, planted),
        "planted": {
            "lost_orders": sorted(planted.lost_orders),
            "broken_rows": planted.broken_rows,
            "repeated_rows": planted.repeated_rows,
        },
    }
    path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
