"""The simulated group: what really happened, before any system exported it. Deterministic by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

START = date(2024, 1, 1)

MARKETS = {"de": ("Europe/Berlin", "EUR"), "se": ("Europe/Stockholm", "SEK"), "gb": ("Europe/London", "GBP")}
BRANCHES = {
    "berlin": ("de", "B01"), "hamburg": ("de", "B02"), "koeln": ("de", "B03"), "muenchen": ("de", "B04"), "leipzig": ("de", "B05"),
    "stockholm": ("se", "100"), "goteborg": ("se", "110"), "malmo": ("se", "120"),
    "london": ("gb", "LON"), "leeds": ("gb", "LDS"), "bristol": ("gb", "BRS"), "glasgow": ("gb", "GLA"),
}  # fmt: skip
# Days on which nobody works, beside weekends: what the generated calendars declare.
CLOSED = {
    "de": ("01-01", "05-01", "10-03", "12-25", "12-26"),
    "se": ("01-01", "01-06", "05-01", "06-06", "12-24", "12-25", "12-26"),
    "gb": ("01-01", "12-25", "12-26"),
}
HOURS = {"de": ((480, 720), (780, 1020)), "se": ((450, 990),), "gb": ((510, 1050),)}
CHANNELS = ("shop", "edi", "quote", "rep", "mail", "phone", "counter")
CLASSES = {"shop": "C1", "edi": "C0", "quote": "C2", "rep": "C3", "mail": "C4", "phone": "C5", "counter": "C5"}


@dataclass(frozen=True)
class Line:
    """One order line: item, quantity, unit price in minor units."""

    number: int
    sku: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        """Answers the line's net amount in minor units."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Order:
    """One root order as it really was. Instants are in UTC, whole seconds; `received` is None where nobody noted it."""

    number: str
    shop_number: str | None
    branch: str
    account: str
    channel: str
    kind: str
    received: datetime | None
    entered: datetime
    confirmed: datetime
    released: datetime
    shipped: date
    cancelled: datetime | None
    customer_wait: int
    lines: tuple[Line, ...]

    @property
    def market(self) -> str:
        """Answers the market of the branch."""
        return BRANCHES[self.branch][0]

    @property
    def amount(self) -> int:
        """Answers the net amount in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def day(self) -> date:
        """Answers the day of confirmation in the branch's time zone."""
        return self.confirmed.astimezone(ZoneInfo(MARKETS[self.market][0])).date()


@dataclass(frozen=True)
class CaseEvent:
    """One event of a service case: when, and the state from then on."""

    at: datetime
    state: str


@dataclass(frozen=True)
class Case:
    """One service case with its events, in their order."""

    number: str
    market: str
    priority: int
    channel: str
    events: tuple[CaseEvent, ...]


@dataclass(frozen=True)
class Defect:
    """A defect found on an order."""

    number: str
    order: str
    category: str
    caused_by: str
    found: datetime


@dataclass
class World:
    """All that happened."""

    orders: list[Order] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)


def is_working(market: str, day: date) -> bool:
    """Answers whether the market works on the day."""
    return day.weekday() < 5 and day.strftime("%m-%d") not in CLOSED[market]


def days(months: int) -> Iterator[date]:
    """Yields the days of so many months from the start."""
    end = date(START.year + (START.month - 1 + months) // 12, (START.month - 1 + months) % 12 + 1, 1)
    day = START
    while day < end:
        yield day
        day += timedelta(days=1)


def _adoption(progress: float, market: str) -> tuple[float, ...]:
    """How orders come, by progress of the roll-out: the shop takes over from phone and mail, in waves by market."""
    lead = {"se": 0.15, "gb": 0.0, "de": -0.1}[market]
    shop = 0.04 + 0.30 * min(1.0, max(0.0, progress + lead))
    edi, quote = 0.08 + 0.06 * progress, 0.02 + 0.03 * progress
    counter, rep, mail = 0.12, 0.05, 0.16 - 0.04 * progress
    return (shop, edi, quote, rep, mail, 1 - shop - edi - quote - rep - mail - counter, counter)


def simulate(seed: int, orders: int, months: int) -> World:
    """Answers the world of a seed: about so many orders over so many months."""
    rng = random.Random(seed)
    world = World()
    for name in BRANCHES:
        for index in range(40):
            world.accounts[f"K{BRANCHES[name][1]}{index:03}"] = name
    by_branch = {name: sorted(a for a, home in world.accounts.items() if home == name) for name in BRANCHES}
    span = list(days(months))
    open_days = [(day, market) for day in span for market in MARKETS if is_working(market, day)]
    weight = {"de": 5, "se": 3, "gb": 4}
    whole = sum(weight[market] for _, market in open_days)
    number = 0
    for position, (day, market) in enumerate(open_days):
        expected = orders * weight[market] / whole
        count = int(expected) + (rng.random() < expected - int(expected))
        branches = sorted(name for name, (home, _) in BRANCHES.items() if home == market)
        for _ in range(count):
            number += 1
            branch = rng.choice(branches)
            world.orders.append(_order(rng, number, branch, rng.choice(by_branch[branch]), day, position / len(open_days)))
    _cases(rng, world, span)
    _defects(rng, world)
    return world


def _order(rng: random.Random, number: int, branch: str, account: str, day: date, progress: float) -> Order:
    market = BRANCHES[branch][0]
    zone = ZoneInfo(MARKETS[market][0])
    channel = rng.choices(CHANNELS, _adoption(progress, market))[0]
    first, last = HOURS[market][0][0], HOURS[market][-1][1]
    minute = rng.randrange(first, last - 60) if channel != "shop" else rng.randrange(0, 1440)
    received = datetime.combine(day, time(minute // 60, minute % 60, rng.randrange(60)), zone).astimezone(UTC)
    waits = {"shop": 90, "edi": 60, "quote": 600, "rep": 1200, "mail": 9000, "phone": 1500, "counter": 120}
    entered = received + timedelta(seconds=rng.randrange(5, waits[channel]))
    wait = rng.randrange(600, 7200) if rng.random() < 0.06 else 0
    confirmed = entered + timedelta(seconds=rng.randrange(30, 9000) + wait)
    kind = rng.choices(("standard", "sample", "internal", "intercompany"), (96, 2, 1, 1))[0]
    noted = received if channel != "phone" or market != "gb" else None
    lines = tuple(
        Line(index + 1, f"R{rng.randrange(1200):05}", rng.randrange(1, 25), rng.randrange(150, 90000))
        for index in range(rng.choice((1, 1, 2, 2, 3, 4, 6)))
    )
    return Order(
        number=f"{number:07}",
        shop_number=f"W{number:07}" if channel in ("shop", "quote") else None,
        branch=branch,
        account=account,
        channel=channel,
        kind=kind,
        received=noted,
        entered=entered,
        confirmed=confirmed,
        released=confirmed + timedelta(seconds=rng.randrange(60, 7200)),
        shipped=confirmed.astimezone(zone).date() + timedelta(days=rng.choice((0, 1, 1, 2, 3, 5))),
        cancelled=confirmed + timedelta(hours=rng.randrange(1, 48)) if rng.random() < 0.015 else None,
        customer_wait=wait,
        lines=lines,
    )


def _cases(rng: random.Random, world: World, span: list[date]) -> None:
    for index in range(max(30, len(world.orders) // 25)):
        market = rng.choice(sorted(MARKETS))
        day = rng.choice([day for day in span[:-40] if is_working(market, day)][:: max(1, index % 3 + 1)])
        zone = ZoneInfo(MARKETS[market][0])
        minute = rng.randrange(HOURS[market][0][0], HOURS[market][-1][1])
        at = datetime.combine(day, time(minute // 60, minute % 60, rng.randrange(60)), zone).astimezone(UTC)
        events = [CaseEvent(at, "open")]
        for state in _course(rng):
            at += timedelta(seconds=rng.randrange(600, 200_000))
            events.append(CaseEvent(at, state))
        world.cases.append(
            Case(f"S{index:06}", market, rng.choice((1, 2, 2, 3, 3, 3)), rng.choice(("phone", "email", "portal")), tuple(events))
        )


def _course(rng: random.Random) -> tuple[str, ...]:
    courses = (
        ("resolved", "closed"),
        ("waiting", "open", "resolved", "closed"),
        ("waiting", "open", "waiting", "open", "resolved", "closed"),
        ("supplier", "open", "resolved"),
        ("resolved", "open", "resolved", "closed"),
        ("waiting", "silent"),
        ("open",),
    )
    return rng.choices(courses, (40, 20, 8, 10, 8, 8, 6))[0]


def _defects(rng: random.Random, world: World) -> None:
    number = 0
    for order in world.orders:
        if order.kind == "standard" and rng.random() < (0.008 if CLASSES[order.channel] in ("C0", "C1", "C2") else 0.035):
            number += 1
            found = order.confirmed + timedelta(days=rng.randrange(1, 40), seconds=rng.randrange(86400))
            category = rng.choice(("price", "item", "quantity", "address", "document"))
            caused = rng.choices(("seller", "customer", "carrier"), (80, 12, 8))[0]
            world.defects.append(Defect(f"D{number:05}", order.number, category, caused, found))
