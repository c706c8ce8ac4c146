"""What the systems tell of each order: reality, less what was lost, held or never noted. One row for each that they call an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from charter.demo.clock import at, day_of
from charter.demo.exports.delivery import known_at
from charter.demo.exports.nordwind import UNHEARD
from charter.demo.exports.shops import acknowledged
from charter.demo.planting import Planted
from charter.demo.world import Branch, Defect, Line, Order, World

CLASSES = {
    "edi": "C0", "shop": "C1", "portal": "C1", "punchout": "C1", "quote": "C2", "rep": "C3", "robot": "C4", "mail": "C5", "phone": "C5",
    "counter": "C5", "field": "C5", "unknown": "CX",
}  # fmt: skip
NOT_COUNTED = ("sample", "internal", "intercompany", "warranty")
_USERS = ("kontor", "overseas")
"""ERPs that note who released an order."""


@dataclass(frozen=True, slots=True)
class Told:
    """One root order as the systems tell it; None is what none of them knows. `timed`: whether times are told, or only days."""

    order: Order
    branch: Branch
    account: str
    way: str
    counted: bool
    day: date | None
    received: int | None
    entered: int | None
    confirmed: int | None
    shipped: date | None
    cancelled: int | None
    wait: int
    dwell: int
    touched: bool | None
    timed: bool
    lines: tuple[Line, ...]
    amount: int
    defects: tuple[Defect, ...]

    @property
    def commit_class(self) -> str:
        """Answers who committed the order: C0 to C5, CX where the systems do not say."""
        return CLASSES[self.way]


def told_orders(world: World, planted: Planted) -> Iterator[Told]:
    """Yields every root order that the systems tell of, as a careful reader of all exports would put it together."""
    defects: dict[str, list[Defect]] = {}
    for defect in world.defects:
        defects.setdefault(defect.order.number, []).append(defect)
    written = world.exported_on
    for order in world.orders:
        found = tuple(defects.get(order.number, ()))
        came = _came(order, planted, written)
        erp = came and order.number not in planted.broken
        if order.shop_number and order.rekeyed:
            yield _of_shop(order, False, (), written, ())
            if erp:
                yield _of_the_erp(order, written, found)
        elif order.shop_number:
            # Where headers and lines come apart, lines stand although their header is held.
            lines = order.lines if erp or (came and order.country.system != "kontor") else ()
            yield _of_shop(order, erp, lines, written, found)
        elif erp:
            yield _of_the_erp(order, written, found)


def _came(order: Order, planted: Planted, written: date) -> bool:
    """Whether the rows of the order's ERP came."""
    came = bool(order.entered) and not planted.is_silent(order.country.code, order.entered_on)
    in_time = order.entered <= at("UTC", written, 6 * 3600 if order.country.system != "overseas" else 0)
    return came and in_time


def billed_class(order: Order, planted: Planted, written: date) -> tuple[str, bool] | None:
    """Answers the class of an order, and whether it counts, as a careful reader finds it from an invoice; None: no system tells of it.

    The invoice names it as the ERP does, and as the shop does where the ERP knows of that.
    """
    if _came(order, planted, written) and order.number not in planted.broken:
        way = known_at(order, _instant(order, written), written).way if order.rekeyed or not order.shop_number else order.way
        return CLASSES[way], order.kind not in NOT_COUNTED
    if order.shop_number and not order.rekeyed:
        return CLASSES[order.way], True
    return None


def _instant(order: Order, written: date) -> int:
    return at("UTC", written, 6 * 3600 if order.country.system != "overseas" else 0)


def _of_the_erp(order: Order, written: date, defects: tuple[Defect, ...]) -> Told:
    known = known_at(order, _instant(order, written), written)
    system, zone = order.country.system, order.country.zone
    days_only = system == "central"
    unheard = (
        system == "as400" or order.rekeyed or (system == "nordwind" and order.way == "phone" and order.country.code in UNHEARD)
    )
    day = order.entered_on if days_only else day_of(known.confirmed, zone) if known.confirmed else None
    if days_only and not known.confirmed:
        day = None
    return Told(
        order, order.branch, order.account.number, known.way, order.kind not in NOT_COUNTED, day,
        None if unheard or days_only else order.received, None if days_only else order.entered,
        None if days_only else known.confirmed, known.shipped, _cancelled(order, known.cancelled), order.customer_wait if not days_only else 0,
        order.dwell if not days_only else 0, order.touched if system in _USERS else None, not days_only, order.lines, order.amount, defects,
    )  # fmt: skip


def _cancelled(order: Order, cancelled: int | None) -> int | None:
    """An ERP that knows days only tells the day on which an order was cancelled, as its midnight."""
    if cancelled is None or order.country.system != "central":
        return cancelled
    return at("UTC", day_of(cancelled, order.country.zone), 0)


def _of_shop(order: Order, with_copy: bool, lines: tuple[Line, ...], written: date, defects: tuple[Defect, ...]) -> Told:
    """An order of the shop: its own words, with what only the ERP's copy knows."""
    known = known_at(order, _instant(order, written), written)
    copied = with_copy and order.country.system != "central"
    confirmed = acknowledged(order) or None
    return Told(
        order, order.branch, order.account.number, order.way, True, day_of(confirmed, order.country.zone) if confirmed else None,
        order.received, order.entered if copied else None, confirmed, known.shipped if with_copy else None,
        _cancelled(order, known.cancelled) if with_copy else None, order.customer_wait if copied else 0, order.dwell if copied else 0,
        order.touched if copied and order.country.system in _USERS else None, True, lines, order.amount, defects,
    )  # fmt: skip
