"""How customers come to order digitally: capabilities reach the markets in waves, and customers take them up over time."""

from __future__ import annotations

import random
from datetime import date

from charter.demo.country import Country
from charter.demo.world import Account, World

WAVE = 0.13
"""Each wave begins this share of the whole time after the one before."""
REACH = 0.34
"""The share of customers who order digitally at least sometimes when the roll-out is done."""
PILOT = 0.05
"""The share of customers who try the shop from the first day on in the market of the first wave."""
_DIGITAL = (("shop", 56), ("portal", 22), ("quote", 12), ("punchout", 10))


class Adoption:
    """The state of the roll-out, asked order by order."""

    def __init__(self, world: World) -> None:
        self.start, self.days = world.start, (world.end - world.start).days

    def progress(self, country: Country, day: date) -> float:
        """Answers how far the roll-out is in a market: 0 before its wave, 1 at the end."""
        launch = country.wave * WAVE
        return max(0.0, ((day - self.start).days / self.days - launch) / (1 - launch))

    def way(self, account: Account, day: date, rng: random.Random) -> str:
        """Answers by which way an account orders on a day; from its first digital order on it has a login."""
        progress = self.progress(account.branch.country, day)
        if account.edi and progress > 0.3 + account.adopts * 1.9:
            return "edi" if rng.random() < 0.8 else account.manual
        pilot = PILOT if account.branch.country.wave == 0 else 0.0
        if account.adopts < max(pilot, REACH * progress**1.3):
            account.login = True
            if rng.random() < 0.2 + 0.3 * progress:
                way = rng.choices([way for way, _ in _DIGITAL], [share for _, share in _DIGITAL])[0]
                return way if way != "punchout" or account.group == "A" else "shop"
            if rng.random() < 0.05:
                return "rep"
        return account.manual if rng.random() < 0.8 else rng.choice(("phone", "mail", "counter"))
