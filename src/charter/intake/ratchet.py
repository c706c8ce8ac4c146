"""Whether a market got worse: its share of failing rows, held against the best that it has reached before.

A share counts once `rows` rows of the market have come since the last one that counted, so that a small delivery neither
sets a mark nor goes unjudged for ever. The first share that counts sets the mark; a lower one moves it. What is decided
of a delivery follows from those that came before it, and from nothing else. Shares are whole numbers of rows: no float.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from charter.intake.action import Ratchet


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """When a delivery came: with the run that began then, and as which of its entity's in that run (from 0)."""

    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The best share that a market has reached: of how many rows, and with which delivery."""

    failed: int
    rows: int
    delivery: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a market stands before a delivery: its mark, and the rows that came since the last share that counted."""

    mark: Mark | None = None
    failed: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one delivery brought of one market (None: cannot be placed), and how it was judged.

    Attributes:
        counted_failed: failing rows of the share that was judged: since the last one that counted, this delivery's included.
        counts: whether they were rows enough.
        mark: what it was held against.
        held: its failing rows that are held because of it.
    """

    rule: str
    scope: str | None
    failed: int
    rows: int
    counted_failed: int
    counted_rows: int
    counts: bool
    worse: bool
    mark: Mark | None
    came: Arrival
    held: int = 0

    def after(self, delivery: str) -> Standing:
        """Answers how the market stands once this delivery has come."""
        if not self.counts:
            return Standing(self.mark, self.counted_failed, self.counted_rows)
        best = self.mark
        if best is None or Fraction(self.counted_failed, self.counted_rows) < Fraction(best.failed, best.rows):
            best = Mark(self.counted_failed, self.counted_rows, delivery, self.came.at)
        return Standing(best)


def judged(rule: str, terms: Ratchet, scope: str | None, failed: int, rows: int, came: Arrival, before: Standing) -> Share:
    """Answers what a delivery brings of a market, judged by what came before."""
    failing, counted = before.failed + failed, before.rows + rows
    counts = counted >= terms.rows
    worse = counts and before.mark is not None and _is_worse(Fraction(failing, counted), before.mark, terms)
    return Share(rule, scope, failed, rows, failing, counted, counts, worse, before.mark, came)


def _is_worse(share: Fraction, mark: Mark, terms: Ratchet) -> bool:
    return share > Fraction(mark.failed, mark.rows) + Fraction(terms.tolerance) / 100


def percent_text(failed: int, rows: int) -> str:
    """Answers a share for people: `12.50 % (5 of 40 rows)`."""
    share = (Decimal(100 * failed) / Decimal(rows)).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if rows else Decimal(0)
    return f"{share} % ({failed:,} of {rows:,} rows)"


def scope_text(scope: str | None) -> str:
    """Answers a market for people."""
    return scope or "what cannot be placed"
