"""Orders keyed again by hand: a digital order that stands a second time as a manual one of the same account and basket.

The steps stand in sql/rekeyed_*.sql; here is their order, and the decision. A pair is a suspect where the account would hardly
repeat that basket so soon by itself. Nothing here depends on the scope that is asked, so that scopes add up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.performance.replay import PACKAGE
from charter.performance.roll_up import Under
from charter.performance.suspects.ratio import ratio_parts

if TYPE_CHECKING:
    from charter.performance.cube import Advance
    from charter.values.period import Period
    from charter.warehouse.lake import Lake

WINDOW = timedelta(hours=96)
"""Three business days: so long after the digital order a manual one may be its copy. The default of who asks."""
REMEMBERED = timedelta(days=365)
# Of so many millionths, or more, an account may well have entered the basket a second time by itself: never a suspect.
NEVER = 150_000
# A pair is a suspect where its chance is below so many times the share of digital orders that have a manual one after them.
# Where hardly anything is keyed again, only what can hardly be by chance is told; so right and wrong stay in proportion.
ODDS = 16


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """One suspect: two root orders that look like one decision to buy; `gap` in seconds, `chance` in millionths.

    `repeats`: the account's other orders of the basket within a year; `soon`: those of them within the window after the one
    before; `alone`: its manual ones with no digital one before them. `lines` is 0 where amounts were compared.
    """

    scope: str
    account: str
    digital_root: str
    manual_root: str
    digital_touchpoint: str | None
    digital_class: str
    manual_touchpoint: str | None
    manual_class: str
    ordered_on: date
    gap: int
    net_amount: Decimal | None
    currency: str | None
    lines: int
    repeats: int
    soon: int
    alone: int
    chance: int
    digital_counted: bool
    manual_counted: bool


@dataclass(frozen=True, slots=True)
class Control:
    """How chance was told from copies, in the whole group: the limit in millionths, and the pairs below it in the order of a
    re-keying (`ahead`) and the other way round (`back`), in which nothing can have been keyed again: what chance alone makes."""

    limit: int
    digital_orders: int
    ahead: int
    back: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The digital order ratio's parts as they stand, and as they would if each suspect were one order."""

    digital: int
    orders: int
    digital_without: int
    orders_without: int


def find_rekeyed(
    lake: Lake,
    scope: str,
    period: Period,
    *,
    window: timedelta = WINDOW,
    org_as_of: date | None = None,
    advance: Advance | None = None,
) -> tuple[list[Rekeyed], Control]:
    """Answers the suspects whose manual order lies under the scope in the period, and what chance alone makes.

    Each order stands in one pair at most: the nearest in time, among equals by key.
    """
    within = int(window.total_seconds())
    steps: tuple[tuple[str, dict[str, object]], ...] = (
        ("rekeyed_order", {"first": min(period.start, period.end - REMEMBERED), "last": period.end}), ("rekeyed_mark", {}),
        ("rekeyed_basket", {}), ("rekeyed_near", {"most": _most()}), ("rekeyed_pair", {"window": within}),
    )  # fmt: skip
    for done, (name, named) in enumerate(steps):
        _tell(advance, done)
        lake.execute(lake.text(PACKAGE, name), named)
    lake.execute(lake.text(PACKAGE, "rekeyed_score"), {"seconds": _length(lake, period.end), "window": within})
    control = _control(lake)
    _pair_off(lake, control.limit)
    _tell(advance, _STEPS - 1)
    _place(lake, Under(scope, org_as_of), period)
    rows = list(lake.stream(lake.text(PACKAGE, "rekeyed_found")))
    _tell(advance, _STEPS)
    return [Rekeyed(*row) for row in rows], control


_STEPS = 7


def _tell(advance: Advance | None, done: int) -> None:
    if advance is not None:
        advance("suspects", done, _STEPS, "steps")


def _most() -> int:
    """So many manual orders of one basket, or more, make the next one likely, however often the digital ones repeat."""
    return REMEMBERED.days


def _length(lake: Lake, end: date) -> int:
    """The seconds that were looked at: from the first order of them to the end of the period, a day at least."""
    [(first,)] = lake.stream("SELECT MIN(o.ordered_on) FROM temp.rekeyed_order AS o")
    return 86_400 * max(1, (end - first).days if first else 1)


def _control(lake: Lake) -> Control:
    [(digital,)] = lake.stream("SELECT COUNT(*) FROM temp.rekeyed_order AS o WHERE o.digital")
    limit = min(NEVER, 1_000_000 * ODDS * _pairs(lake, NEVER)[0] // max(int(digital), 1))
    return Control(limit, int(digital), *_pairs(lake, limit))


def _pairs(lake: Lake, limit: int) -> tuple[int, int]:
    """Answers the manual orders of pairs below the limit: in the order of a re-keying, and the other way round."""
    [(ahead, back)] = lake.stream(
        "SELECT COUNT(DISTINCT CASE WHEN s.gap >= 0 THEN s.manual_root END), "
        "COUNT(DISTINCT CASE WHEN s.gap < 0 THEN s.manual_root END) FROM temp.rekeyed_score AS s "
        f"WHERE s.chance <= {limit}"
    )
    return int(ahead), int(back)


def _pair_off(lake: Lake, limit: int) -> None:
    """Makes temp.rekeyed_suspect: one to one, round by round, always the pairs that are nearest for both of their orders."""
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE rekeyed_open AS SELECT s.digital_root, s.manual_root, s.gap FROM temp.rekeyed_score AS s "
        f"WHERE s.gap >= 0 AND s.chance <= {limit}"
    )
    lake.execute("CREATE OR REPLACE TEMP TABLE rekeyed_suspect (digital_root VARCHAR, manual_root VARCHAR)")
    while next(iter(lake.stream("SELECT COUNT(*) FROM temp.rekeyed_open AS o")))[0]:
        lake.execute(lake.text(PACKAGE, "rekeyed_round"))
        for half in ("digital_root", "manual_root"):
            lake.execute(f"DELETE FROM temp.rekeyed_open WHERE {half} IN (SELECT x.{half} FROM temp.rekeyed_suspect AS x)")


def _place(lake: Lake, under: Under, period: Period) -> None:
    """Makes temp.rekeyed_placed: the suspects' manual orders of the period under the scope, as it stood that day."""
    join, join_values = under.join(lake, "ordered_on")
    where, where_values = under.where()
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE rekeyed_placed AS SELECT c.manual_root FROM (SELECT x.manual_root, o.scope, o.ordered_on "
        "FROM temp.rekeyed_suspect AS x JOIN temp.rekeyed_order AS o ON o.root_key = x.manual_root "
        f"WHERE o.ordered_on >= ? AND o.ordered_on < ?) AS c {join} WHERE {where}",
        [period.start, period.end, *join_values, *where_values],
    )


def effect(lake: Lake, scope: str, period: Period, found: Iterable[Rekeyed], *, org_as_of: date | None = None) -> Effect:
    """Answers what the suspects do to the digital order ratio at the scope in the period.

    The manual order goes; where the digital one was never confirmed, and so not counted, the one order is digital.
    """
    digital, orders = ratio_parts(lake, scope, period, org_as_of)
    counted = [one for one in found if one.manual_counted]
    gained = sum(not one.digital_counted for one in counted)
    return Effect(digital, orders, digital + gained, orders - (len(counted) - gained))
