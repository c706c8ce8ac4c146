"""How large a run is, and where its parts lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

BEGIN = date(2023, 1, 1)
REGIONS = 4
LINES_A_CASE, LINES_AN_ORDER, ORDERS_A_CASE = 4, 3, 5


@dataclass(frozen=True, slots=True)
class Size:
    """A run of so many orders over so many months, below a folder. A case for each five orders, three lines an order."""

    folder: Path
    orders: int
    months: int

    @property
    def cases(self) -> int:
        return max(self.orders // ORDERS_A_CASE, 1)

    @property
    def lines(self) -> int:
        return self.orders * LINES_AN_ORDER

    @property
    def days(self) -> int:
        return (self.begin(self.months) - BEGIN).days

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def hand(self) -> Path:
        """Where the hand-written SQL keeps its files."""
        return self.folder / "hand"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def begin(self, month: int) -> date:
        """The first day of a month, from 0."""
        return date(BEGIN.year + month // 12, month % 12 + 1, 1)

    def name(self, month: int) -> str:
        return self.begin(month).isoformat()[:7]

    def taken_at(self, month: int) -> datetime:
        """The instant of the run that takes a month in: told to it, so that a run that is started again gives the same rows."""
        following = self.begin(month + 1)
        return datetime(following.year, following.month, 2, 5, tzinfo=UTC)

    def first(self, month: int, of: int) -> int:
        """The number of the first of `of` things, spread evenly over the days, that falls on the month's first day or later."""
        past = (self.begin(max(month, 0)) - BEGIN).days
        return -(-past * of // self.days)
