"""What a branch manager does on Monday: the accounts whose manual orders could have been digital."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from charter.performance.identity import crosswalk, customer
from charter.performance.replay import PACKAGE
from charter.performance.roll_up import Under

if TYPE_CHECKING:
    from charter.values.period import Period
    from charter.warehouse.lake import Lake

# An account is on the list from so many manual orders in the period on.
FREQUENT = 3
# A basket repeats where it was ordered within so many days before the end of the period.
REMEMBERED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One account of one branch: how often it ordered by hand, how often the same basket again, and whether it could log in."""

    scope: str
    account: str
    manual_orders: int
    repeated_baskets: int
    digital_orders: int
    manual_value: Decimal | None
    currency: str | None
    has_login: bool | None
    last_manual_on: date | None

    @property
    def next_step(self) -> str:
        """Answers what stands between this account and digital orders."""
        if self.digital_orders:
            return "orders digitally already: ask why not these"
        if self.has_login is None:
            return "ask whether it has a login"
        return "has a login and does not use it" if self.has_login else "has no login: offer one"


def worklist(lake: Lake, scope: str, period: Period, *, org_as_of: date | None = None, limit: int | None = None) -> list[WorkItem]:
    """Answers the worklist of a scope: accounts with 3 manual orders or more, those with repeated baskets first.

    An account that is the same as others stands with them, under the key of the one that stands for all (account_identity).
    Manual are C3 to C5: keyed by a rep, digitised, or by phone, counter, field and mail. Unknown (CX) is not accused.
    """
    under = Under(scope, org_as_of)
    join, join_values = under.join(lake, "ordered_on")
    where, where_values = under.where()
    account = 'f."account_key"'
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE worklist_order AS SELECT c.root_key, c.scope, c.account_key, c.ordered_on, c.manual, "
        "c.digital, c.ordered_on >= ? AS inside, c.net_amount, c.currency FROM ("
        f'SELECT f."root_key" AS root_key, COALESCE(f."selling_scope", \'group\') AS scope, {customer(account)} AS account_key, '
        "f.\"ordered_on\" AS ordered_on, COALESCE(f.\"commit_class\" IN ('C3', 'C4', 'C5'), FALSE) AS manual, "
        "COALESCE(f.\"commit_class\" IN ('C0', 'C1', 'C2'), FALSE) AS digital, f.\"net_amount\" AS net_amount, "
        f'f."currency" AS currency FROM {lake.table("fact_order")} AS f {crosswalk(lake, account)} WHERE f."eligible" AND f."confirmed" '
        'AND f."account_key" IS NOT NULL AND f."ordered_on" >= ? AND f."ordered_on" < ?'
        f") AS c {join} WHERE {where}",
        [period.start, min(period.start, period.end - REMEMBERED), period.end, *join_values, *where_values],
    )
    rows = lake.statement(PACKAGE, "worklist", {"least": FREQUENT})
    found = [
        WorkItem(
            str(scope_), str(account), int(manual), int(repeated), int(digital), value, currency,
            None if login is None else bool(login), last,
        )
        for scope_, account, manual, repeated, digital, value, currency, login, last in rows
    ]  # fmt: skip
    return found if limit is None else found[:limit]
