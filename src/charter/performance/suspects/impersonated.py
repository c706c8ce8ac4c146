"""Reps in the customer's place: orders that count as the customer's own digital ones, and that an employee's identity placed.

The steps stand in sql/impersonated_*.sql. An employee is told by the source, is a person of the organisation that day, acts as an
employee for several firms, or orders for many. Where nobody is told, an order is `untold`, and accuses nobody. What an identity
did is looked at in the whole group and in all of history, so that scopes and months add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.performance.replay import PACKAGE
from charter.performance.roll_up import Under
from charter.performance.suspects.ratio import ratio_parts

if TYPE_CHECKING:
    from charter.performance.cube import Advance
    from charter.values.period import Period
    from charter.warehouse.lake import Lake

SERVES = 3
"""Firms for which an identity acts as an employee before it is taken for one: a buyer whose own session a rep used has one."""
MANY = 10
"""Firms that have nothing to do with one another for which nobody of a customer orders; a buying service may."""
RULES = ("told", "person", "serves", "many")
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Impersonated:
    """One suspect: an order (root), the pseudonym that placed it, and the rule by which it is one.

    `served`: firms for which the identity acted as an employee; `ordered`: firms for which it placed digital orders.
    """

    scope: str
    account: str | None
    root: str
    source: str
    touchpoint: str | None
    commit_class: str
    ordered_on: date
    net_amount: Decimal | None
    currency: str | None
    identity: str | None
    rule: str
    served: int
    ordered: int


@dataclass(frozen=True, slots=True)
class Told:
    """How many of a source's C1 and C2 orders tell who placed them, by a user or a side, of how many."""

    source: str
    told: int
    orders: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The digital order ratio's parts as they stand, and the digital ones if each suspect counted as keyed by a rep (C3)."""

    digital: int
    orders: int
    digital_without: int


def find_impersonated(
    lake: Lake,
    scope: str,
    period: Period,
    staff: Sequence[tuple[str, date | None, date | None]] = (),
    *,
    org_as_of: date | None = None,
    advance: Advance | None = None,
) -> tuple[list[Impersonated], list[Told]]:
    """Answers the suspects under the scope in the period, and by source how many of its orders tell who placed them.

    `staff`: pseudonyms of the organisation's people, each from a day (inclusive) until a day (exclusive).
    """
    rows = [(identity, begin or date.min, until or date.max) for identity, begin, until in staff]
    lake.load("impersonated_staff", {"identity": "VARCHAR", "begin": "DATE", "until": "DATE"}, rows)
    days = {"first": period.start, "last": period.end, "serves": SERVES, "many": MANY}
    for done, name in enumerate(("impersonated_firm", "impersonated_identity", "impersonated_order")):
        _tell(advance, done)
        lake.execute(lake.text(PACKAGE, name), days if name == "impersonated_order" else {})
    _tell(advance, _STEPS - 1)
    under = Under(scope, org_as_of)
    join, joined = under.join(lake, "ordered_on")
    where, bound = under.where()
    listed = ", ".join(f"'{rule}'" for rule in RULES)
    found = lake.stream(
        "SELECT c.scope, c.account_key, c.root_key, c.source, c.touchpoint, c.commit_class, c.ordered_on, c.net_amount, c.currency, "
        f"c.identity, c.verdict, c.served, c.ordered FROM temp.impersonated_order AS c {join} WHERE {where} AND c.verdict IN ({listed}) "
        "ORDER BY c.scope, c.account_key, c.ordered_on, c.root_key",
        [*joined, *bound],
    )
    suspects = [Impersonated(*row) for row in found]
    counts = lake.stream(
        "SELECT c.source, SUM(CASE WHEN c.verdict = 'untold' THEN 0 ELSE 1 END), COUNT(*) FROM temp.impersonated_order AS c "
        f"{join} WHERE {where} GROUP BY c.source ORDER BY c.source",
        [*joined, *bound],
    )
    told = [Told(str(source), int(known), int(orders)) for source, known, orders in counts]
    _tell(advance, _STEPS)
    return suspects, told


def _tell(advance: Advance | None, done: int) -> None:
    if advance is not None:
        advance("who placed orders", done, _STEPS, "steps")


def effect(lake: Lake, scope: str, period: Period, found: Iterable[Impersonated], *, org_as_of: date | None = None) -> Effect:
    """Answers what the suspects do to the digital order ratio at the scope in the period: the orders stay, and are not digital."""
    digital, orders = ratio_parts(lake, scope, period, org_as_of)
    return Effect(digital, orders, digital - sum(1 for _ in found))
