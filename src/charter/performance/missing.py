"""What belongs in a number and is not in it, and between which bounds the number would lie if it were. Pure.

A stream that said nothing has no bound. Where a source's own totals tell how much never came or is held, a share has one: all of
it above the line, or none. A sum can only grow. What orders that are not there took, or who placed them, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from charter.performance.rules import Reconciled, SilentStream, days_of, percent_of, within
from charter.values.ratio import divide

Bounds = tuple[Decimal | None, Decimal | None]
"""The least and the greatest that a value may be; None: no bound."""
_NONE: Bounds = (None, None)


@dataclass(frozen=True, slots=True)
class Missing:
    """Streams that were silent, and sources whose own totals are further from ours than is tolerated."""

    silent: tuple[SilentStream, ...] = ()
    totals: tuple[Reconciled, ...] = ()

    @property
    def orders(self) -> Decimal:
        """Answers how many orders the sources report that are not counted."""
        return sum((_lacking(one) for one in self.totals if one.measure == "orders"), Decimal(0))

    @property
    def most(self) -> Decimal:
        """Answers the greatest share that a source lacks of any of its totals: no more than that is missing in all."""
        return max((divide(_lacking(one), abs(one.theirs)) or Decimal(1) for one in self.totals), default=Decimal(0))

    def told(self) -> tuple[str, ...]:
        """Answers each lack in words."""
        streams = [f"{one.source}: stream {one.stream} {one.reason} ({days_of(one)})" for one in self.silent]
        return (
            *streams,
            *(f"{_share(one)} of {one.measure.replace('_', ' ')} that {one.source} itself reports" for one in self.totals),
        )


def missing_of(silent: tuple[SilentStream, ...], reconciled: Iterable[Reconciled], tolerance: Decimal) -> Missing:
    """Answers what is missing: totals that agree, or of which we have more than the source tells, lack nothing."""
    return Missing(silent, tuple(one for one in reconciled if not within(one, tolerance) and _lacking(one) > 0))


def _lacking(one: Reconciled) -> Decimal:
    return max(one.unexplained, Decimal(0)) + abs(one.held)


def _share(one: Reconciled) -> str:
    return percent_of(divide(_lacking(one), abs(one.theirs)) or Decimal(1), ROUND_HALF_EVEN)


def bounds(form: str, value: Decimal | None, missing: Missing, *, counted: int | None, tolerated: Decimal) -> Bounds | None:
    """Answers between what the value would lie; None where nothing is missing, or too little to matter.

    `counted`: how many orders stand below the line, where it counts orders: then the share is exact. `tolerated`: up to which
    share a time, a dispersion or a count of customers is taken for whole, as its coverage is.
    """
    if value is None or missing == Missing():
        return None
    if missing.silent:
        return _NONE
    if form == "sum":
        return value, None
    share = missing.most
    if counted is not None and missing.orders:
        share = divide(missing.orders, missing.orders + counted) or share
    if form == "ratio":
        least = value * (1 - share)
        return least, least + share
    return _NONE if share > tolerated else None
