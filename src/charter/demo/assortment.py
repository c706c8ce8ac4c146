"""What the simulated group sells, at which prices: list price per market, discount per customer group, agreements."""

from __future__ import annotations

import random
from functools import cache

from charter.demo.country import Country
from charter.demo.world import Account, Item

_CATEGORIES = (
    ("Compressors", "Scroll compressor|Reciprocating compressor|Rotary compressor", 18000, 240000),
    ("Condensers", "Air-cooled condenser|Water-cooled condenser", 22000, 180000),
    ("Evaporators", "Unit cooler|Cubic cooler", 19000, 160000),
    ("Refrigerants", "R-32 cylinder|R-290 cylinder|R-744 cylinder|R-1234yf cylinder", 6500, 42000),
    ("Valves", "Expansion valve|Solenoid valve|Ball valve|Check valve", 900, 16000),
    ("Controls", "Cold room controller|Pressure switch|Thermostat|Leak detector", 1500, 38000),
    ("Pipes", "Copper tube|Insulated pair coil|Press fitting", 250, 9000),
    ("Insulation", "Insulation tube|Insulation sheet|Adhesive", 180, 5200),
    ("Fans", "Axial fan|Fan motor|Fan guard", 2100, 52000),
    ("Air conditioners", "Wall unit|Cassette unit|Outdoor unit|Ducted unit", 42000, 310000),
    ("Tools", "Manifold|Vacuum pump|Flaring tool|Recovery unit", 1900, 98000),
    ("Service parts", "Filter drier|Sight glass|Capillary tube|Gasket", 150, 4200),
)
_MAKERS = ("Nordkalt", "Frigomat", "Polarex", "Cryotek", "Aerovent", "Tempra", "Glacia", "Ventora")
_DISCOUNT = {"A": 28, "B": 18, "C": 8}
_MARKET_FACTOR = (97, 100, 103, 106)


def make_items(rng: random.Random, count: int = 1200) -> list[Item]:
    """Answers the articles; cheap ones stand first, and are ordered most."""
    found = []
    for _ in range(count):
        category, titles, low, high = rng.choice(_CATEGORIES)
        price = int(low * (high / low) ** rng.random()) // 5 * 5
        maker = rng.choice(_MAKERS)
        title = f"{rng.choice(titles.split('|'))} {rng.choice('ABCDEFGH')}{rng.randrange(10, 999)}"
        gtin = f"40{rng.randrange(10**10, 10**11)}"
        found.append((price, title, category, maker, f"{maker[:2].upper()}-{rng.randrange(10**5, 10**6)}", gtin))
    found.sort()
    return [
        Item(f"R{place:05}", title, category, price, price * 62 // 100, "PCE", maker, number, gtin)
        for place, (price, title, category, maker, number, gtin) in enumerate(found)
    ]


@cache
def list_price(country: Country, euro: int) -> int:
    """Answers the list price of an article in a market's currency, in hundredths of its unit."""
    factor = _MARKET_FACTOR[sum(map(ord, country.code)) % len(_MARKET_FACTOR)]
    amount = euro * factor * 1_000_000 // (100 * country.rate)
    return max(country.step, (amount + country.step // 2) // country.step * country.step)


def agreed(account: Account, item: Item) -> int | None:
    """Answers the account's agreed discount on an article's group, in percent; None where it has no agreement."""
    key = sum(map(ord, account.number + item.category)) % 100
    return 30 + key % 9 if account.group != "C" and key < 12 else None


def reference_price(account: Account, item: Item) -> int:
    """Answers the unit price that the account should pay: list price less its group's discount or its agreement's."""
    country = account.branch.country
    discount = agreed(account, item) or _DISCOUNT[account.group]
    amount = list_price(country, item.price) * (100 - discount)
    step = country.step * 100
    return max(country.step, (amount + step // 2) // step * country.step)
