"""The account with ratchets and waivers, held against a second, naive reading of the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import IN_MARKETS, PLACED, SCOPES, waiver
from test_properties import AT, EXAMPLES, Desk

from charter.app.project import open_project
from charter.intake.declare import declared
from charter.model.ref import Ref

ROWS_OF_A_SHARE = 4
MARKET = {"market/de": "market/de", "branch/b1": "market/de", "market/se": "market/se", "": "group", "x": None}
# Scope, whether the item is missing, whether the quantity is too small.
Sold = tuple[str, bool, bool]
sold = st.tuples(st.sampled_from(sorted(MARKET)), st.booleans(), st.sampled_from((False, False, True)))
deliveries = st.lists(st.lists(sold, min_size=1, max_size=12), min_size=1, max_size=5)


class Markets(Desk):
    """The source of the shop in markets, with a waiver for quantities in Germany."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PLACED)
        self.shop.write("group/contracts/orders.odcs.yaml", IN_MARKETS.replace("value: 10}", f"value: {ROWS_OF_A_SHARE}}}"))
        self.shop.write("group/scopes.yaml", SCOPES)
        self.shop.write("group/waivers.yaml", waiver(rule="qty:minimum", scope="market/de"))
        model = open_project(self.shop.folder).model(AT.date())
        self.plan = declared(model, Ref("Source", "erp"), environment={}, scratch=folder)


@pytest.fixture(scope="module")
def markets(tmp_path_factory: pytest.TempPathFactory) -> Markets:
    return Markets(tmp_path_factory.mktemp("markets"))


def naive(files: Sequence[Sequence[Sold]]) -> list[tuple[set[int], int]]:
    """Per delivery: the rows that are held, and how many passed by the waiver."""
    best: dict[str | None, Fraction] = {}
    since: dict[str | None, list[bool]] = defaultdict(list)
    told = []
    for rows in files:
        worse = set()
        for market in {MARKET[row[0]] for row in rows}:
            since[market] += [row[1] for row in rows if MARKET[row[0]] == market]
            if len(since[market]) >= ROWS_OF_A_SHARE:
                share = Fraction(sum(since[market]), len(since[market]))
                if market in best and share > best[market]:
                    worse.add(market)
                best[market] = min(best.get(market, share), share)
                since[market] = []
        held, waived = set(), 0
        for at, (scope, no_item, too_few) in enumerate(rows, 1):
            market = MARKET[scope]
            if scope == "x" or (no_item and market in worse) or (too_few and market != "market/de"):
                held.add(at)
            elif too_few:
                waived += 1
        told.append((held, waived))
    return told


def written(number: int, rows: Sequence[Sold]) -> str:
    lines = [
        f"{number}-{at},1,2024-03-01,{'' if no_item else 'pump'},{0 if too_few else 1},1.00,{scope}"
        for at, (scope, no_item, too_few) in enumerate(rows)
    ]
    return "\n".join(["no,pos,day,item,qty,net,sc", *lines, ""])


@settings(max_examples=EXAMPLES)
@given(files=deliveries)
def test_the_account_balances_and_each_row_is_held_or_passes_as_read_one_by_one(markets: Markets, files: list[list[Sold]]) -> None:
    lake, _ = markets.runs([])
    for number, rows in enumerate(files):
        markets.shop.deliver(f"{number}.csv", written(number, rows))
    accounts = markets.run(lake, [])
    for account, rows, (held, waived) in zip(accounts, files, naive(files), strict=True):
        assert account.received == len(rows)
        assert account.quarantined == len(held)
        assert account.accepted == len(rows) - len(held)
        assert sum(one.rows for one in account.waived) == waived
    found = lake.rows("SELECT delivery, row_number FROM facts.quarantine_row")
    assert set(found) == {(f"exports/{number}.csv", at) for number, (held, _) in enumerate(naive(files)) for at in held}
    one_by_one, _ = markets.runs([])
    for number, rows in enumerate(files):
        markets.shop.deliver(f"{number}.csv", written(number, rows))
        markets.run(one_by_one, [], AT.replace(hour=7, minute=number))
    assert set(one_by_one.rows("SELECT delivery, row_number FROM facts.quarantine_row")) == set(found)
