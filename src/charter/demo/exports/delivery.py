"""Monthly deliveries: which orders a file holds, and what their ERP knew of them on the morning when it was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from charter.demo.clock import at, day_of
from charter.demo.planting import Planted
from charter.demo.world import Order, World


@dataclass(frozen=True, slots=True)
class Known:
    """An order as its ERP knew it at one instant; what had not happened by then is None."""

    order: Order
    confirmed: int | None
    released: int | None
    shipped: date | None
    delivered: date | None
    cancelled: int | None

    @property
    def shop_reference(self) -> str:
        """Answers the shop's number on the ERP's copy; a re-keyed order lost it."""
        return "" if self.order.rekeyed else self.order.shop_number or ""

    @property
    def way(self) -> str:
        """Answers the way as the ERP has it: what somebody keyed again came by phone."""
        if self.order.unknown_way:
            return "unknown"
        return "phone" if self.order.rekeyed else self.order.way


def known_at(order: Order, instant: int, day: date) -> Known:
    """Answers what the ERP knows of an order at an instant; days count from the evening on."""
    return Known(
        order,
        order.confirmed if 0 < order.confirmed <= instant else None,
        order.released if 0 < order.released <= instant else None,
        order.shipped if order.shipped and order.shipped < day else None,
        order.delivered if order.delivered and order.delivered < day else None,
        order.cancelled if order.cancelled and order.cancelled <= instant else None,
    )


def months(world: World) -> list[str]:
    """Answers the months of the world, as 2025-03."""
    return [f"{world.start.year + month // 12}-{month % 12 + 1:02}" for month in range(world.size.months)]


def monthly(world: World, planted: Planted, system: str) -> Iterator[tuple[str, list[Known]]]:
    """Yields each month's file of an ERP: orders entered in it, those of before that changed since, and a few of the next day.

    The last file is written some days later than the others, so that no order of the last days is missing.
    """
    orders = [
        o for o in world.orders if o.country.system == system and o.entered and not planted.is_silent(o.country.code, o.entered_on)
    ]
    by_month: dict[str, list[Order]] = {}
    for order in sorted(orders, key=lambda one: (one.entered_on, one.number)):
        by_month.setdefault(f"{order.entered_on:%Y-%m}", []).append(order)
    told = months(world)
    open_before: dict[str, Known] = {}
    for place, month in enumerate(told):
        first = date(int(month[:4]), int(month[5:]), 1)
        written = (first + timedelta(days=32)).replace(day=1)
        last = place == len(told) - 1
        if last:
            written = world.exported_on
        instant = at("UTC", written, 6 * 3600)
        own = list(by_month.get(month, ()))
        following = [o for later in sorted(by_month) if later > month for o in by_month[later]] if last else []
        fresh = [known_at(order, instant, written) for order in (*own, *following) if order.entered <= instant]
        early = [known_at(o, instant, written) for o in _early(by_month, told, place, instant)] if not last else []
        again = [now for number, before in open_before.items() if (now := known_at(before.order, instant, written)) != before]
        latest = open_before | {known.order.number: known for known in (*again, *fresh)}
        open_before = {number: known for number, known in latest.items() if not _is_done(known)}
        planted.repeated_rows += len(again) + len(early)
        yield month, [*again, *fresh, *early]


def _early(by_month: dict[str, list[Order]], told: list[str], place: int, instant: int) -> list[Order]:
    """The first hours of the day on which the file is written: a partial day, which the next file has whole."""
    return [order for order in by_month.get(told[place + 1], ())[:200] if order.entered <= instant]


def _is_done(known: Known) -> bool:
    return known.delivered is not None or known.cancelled is not None


def money(minor: int, mark: str = ".") -> str:
    """Answers an amount in hundredths as text."""
    sign, minor = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{minor // 100}{mark}{minor % 100:02}"


def totals(world: World, system: str, mark: str = ".") -> list[list[str]]:
    """Answers what an ERP says of itself, as rows of month, country, measure and value: confirmed orders of all kinds (or all, where it knows no times), and their amount.

    It knows of what its exports lost.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for order in world.orders:
        if order.country.system == system and (order.entered if system == "central" else order.confirmed):
            day = order.entered_on if system == "central" else day_of(order.confirmed, order.country.zone)
            cell = found.setdefault((f"{day:%Y-%m}", order.country.code), [0, 0])
            cell[0] += 1
            cell[1] += order.amount
    return [
        [month, code.upper(), measure, value]
        for (month, code), (count, amount) in sorted(found.items())
        for measure, value in (("orders", str(count)), ("net_amount", money(amount, mark)))
    ]


def write_csv(path: Path, heads: list[str], rows: Iterable[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Writes a file of delimited text; those that are not UTF-8 have the line ends of Windows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n" if encoding == "utf-8" else "\r\n")
    writer.writerow(heads)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding, errors="replace"))
