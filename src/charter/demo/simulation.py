"""The discrete-event simulation of orders: customers ask, desks with working hours and queues handle, goods leave.

Deterministic by seed: each subject draws from a generator of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from datetime import date, timedelta
from typing import Any

import simpy

from charter.demo.adoption import Adoption
from charter.demo.assortment import make_items, reference_price
from charter.demo.clock import at, day_of
from charter.demo.country import COUNTRIES, Country
from charter.demo.customer import lines, make_accounts
from charter.demo.desk import simulate_cases
from charter.demo.worktime import Worktime
from charter.demo.world import DIGITAL, Account, Branch, Defect, Line, Order, Size, World

START = date(2023, 1, 1)

Advance = Callable[[str, int, int, str], None]
_SEASON = (0.82, 0.84, 0.92, 1.0, 1.12, 1.24, 1.28, 1.16, 1.02, 0.94, 0.86, 0.80)
_KINDS = ("standard", "call_off", "sample", "internal", "intercompany", "warranty")
_KIND_SHARES = (920, 35, 15, 10, 10, 10)
_STEPS = {"phone": 0, "mail": 2, "field": 2, "robot": 1}


def simulate(size: Size, advance: Advance) -> World:
    """Answers the world of a size and seed."""
    countries = COUNTRIES[: size.countries]
    world = World(size, START, _end(size.months), countries)
    world.items = make_items(_chance(size, "items"))
    shares = _branches(world)
    make_accounts(world, _chance(size, "accounts"), shares)
    times = {country.code: Worktime(country, START - timedelta(days=3), world.end + timedelta(days=150)) for country in countries}
    floor = Floor(world, times, advance)
    floor.run()
    simulate_cases(world, times, _chance(size, "cases"), advance)
    _defects(world, _chance(size, "defects"))
    return world


def _end(months: int) -> date:
    return date(START.year + (START.month - 1 + months) // 12, (START.month - 1 + months) % 12 + 1, 1)


def _chance(size: Size, subject: str) -> random.Random:
    return random.Random(f"{size.seed} {subject}")


def _branches(world: World) -> list[tuple[Branch, float]]:
    """Spreads the branches over the countries by weight, one at least in each; answers each with its share of the orders."""
    whole = sum(country.weight for country in world.countries)
    rest = max(0, world.size.branches - len(world.countries))
    exact = [(country, rest * country.weight / whole) for country in world.countries]
    counts = {country.code: 1 + int(part) for country, part in exact}
    for country, _ in sorted(exact, key=lambda one: int(one[1]) - one[1])[: rest - sum(int(part) for _, part in exact)]:
        counts[country.code] += 1
    rng, found = _chance(world.size, "branches"), []
    for country in world.countries:
        for place in range(counts[country.code]):
            city = country.cities[place % len(country.cities)]
            scope = f"branch/{country.code}-{place + 1:03}"
            title = f"{city} {place // len(country.cities) + 1}"
            branch = Branch(scope, title, country, f"{country.code.upper()}{place + 1:03}")
            world.branches.append(branch)
            found.append((branch, country.weight / counts[country.code] * rng.uniform(0.6, 1.5)))
    return found


class Floor:
    """The running simulation: one clock, a desk in each branch, a finance desk in each market."""

    def __init__(self, world: World, times: dict[str, Worktime], advance: Advance) -> None:
        self.world, self.times, self.tell = world, times, advance
        self.chance = _chance(world.size, "orders")
        self.adoption = Adoption(world)
        self.origin = at("UTC", START, 0) - 86_400
        self.env = simpy.Environment(initial_time=self.origin)
        self.numbers = {"kontor": 1_000_000, "nordwind": 200_000, "central": 100_000, "as400": 3_000_000, "overseas": 500}
        self.shop_number = 10_000
        self.arrivals = sorted(self._arrivals(), key=lambda one: (one[0], one[1].number))
        self.desks: dict[str, simpy.PriorityResource] = {}
        self.paces: dict[str, float] = {}
        self._staff()
        self.finance = {country.code: simpy.Resource(self.env, 3) for country in world.countries}

    def run(self) -> None:
        """Runs it until the systems are exported."""
        self.env.process(self._source())
        self.env.run(until=at("UTC", self.world.exported_on, 0))

    def _arrivals(self) -> list[tuple[int, Account]]:
        """When which account wants something: more in summer, more each year, on working days."""
        world, rng = self.world, _chance(self.world.size, "arrivals")
        whole = sum(account.cadence for account in world.accounts)
        days: dict[str, tuple[list[date], list[float]]] = {}
        for country in world.countries:
            open_days = [day for day in self.times[country.code].days if START <= day < world.end]
            span = (world.end - START).days
            days[country.code] = (
                open_days,
                [_SEASON[day.month - 1] * (0.88 + 0.24 * (day - START).days / span) for day in open_days],
            )
        found = []
        for account in world.accounts:
            expected = world.size.orders * account.cadence / whole
            count = int(expected) + (rng.random() < expected - int(expected))
            country = account.branch.country
            for day in rng.choices(*days[country.code], k=count) if count else ():
                opens, closes = country.hours[0][0], country.hours[-1][1]
                found.append((at(country.zone, day, rng.randrange(opens * 60, closes * 60 - 1800)), account))
        return found

    def _staff(self) -> None:
        """Gives each desk so many people, who work at such a pace that it is busy between 45 and 72 % of its hours."""
        rng, counts = _chance(self.world.size, "staff"), dict.fromkeys((branch.scope for branch in self.world.branches), 0)
        for _, account in self.arrivals:
            counts[account.branch.scope] += 1
        for branch in self.world.branches:
            work = self.times[branch.country.code]
            orders = max(1, counts[branch.scope])
            people = max(1, round(orders / self.world.size.months / 140))
            open_seconds = sum(c - o for o, c in zip(work.opens, work.closes, strict=True)) * (self.world.end - START).days
            open_seconds //= (self.world.end - START).days + 153
            pace = rng.uniform(0.45, 0.72) * open_seconds * people / orders
            self.desks[branch.scope] = simpy.PriorityResource(self.env, people)
            self.paces[branch.scope] = min(5400.0, max(60.0, pace))

    def _source(self) -> Generator[Any, Any, None]:
        """Lets each customer ask when the time has come."""
        total = len(self.arrivals)
        for place, (instant, account) in enumerate(self.arrivals):
            if place % 2000 == 0:
                self.tell("simulate", place, total, "orders")
            order = self._ask(account, instant)
            if order.received > self.env.now:
                yield self.env.timeout(order.received - self.env.now)
            self.world.orders.append(order)
            self.env.process(self._handle(order))
        self.tell("simulate", total, total, "orders")

    def _ask(self, account: Account, instant: int) -> Order:
        """What the customer orders and by which way. The shop is open at night: orders there may come up to six hours later."""
        rng, country = self.chance, account.branch.country
        way = self.adoption.way(account, day_of(instant, country.zone), rng)
        kind = rng.choices(_KINDS, _KIND_SHARES)[0] if way not in DIGITAL and way != "rep" else "standard"
        self.numbers[country.system] += 1
        order = Order(
            number=_number(country, self.numbers[country.system]),
            branch=account.branch,
            account=account,
            way=way,
            kind=kind,
            received=max(instant, int(self.env.now)),
            customer_number=f"PO{rng.randrange(10**6)}" if rng.random() < 0.7 else "",
            clerk=f"{country.code}{rng.randrange(1, 9):02}",
            lines=self._lines(account, way),
        )
        if way in ("shop", "portal", "punchout", "quote", "rep"):
            self.shop_number += 1
            order.shop_number = f"{'W' if country.shop == 'classic' else 'NX'}{self.shop_number:07}"
        return order

    def _lines(self, account: Account, way: str) -> tuple[Line, ...]:
        rng, items = self.chance, self.world.items
        if rng.random() < 0.45:
            basket = rng.choice(account.baskets)
        else:
            basket = tuple((int(len(items) * rng.random() ** 2), rng.choice((1, 1, 2, 2, 3, 4, 6, 10))) for _ in range(lines(rng)))
        more = 3 if way == "field" else 1
        return tuple(
            Line(place, item, quantity * more, price, price)
            for place, (item, quantity) in enumerate(basket, start=1)
            for price in (reference_price(account, items[item]),)
        )

    def _handle(self, order: Order) -> Generator[Any, Any, None]:
        """The way of an order through the house."""
        rng, work = self.chance, self.times[order.country.code]
        yield from self._enter(order, work)
        order.entered = int(self.env.now)
        if rng.random() < 0.02 and order.way not in ("counter", "quote"):
            order.dwell = rng.randrange(5, 15) * 86_400
            yield self.env.timeout(order.dwell)
        if order.way != "counter" and rng.random() < 0.03:
            yield from self._work(self.finance[order.country.code], work, rng.randrange(600, 5400), 0)
            order.touched = True
        if rng.random() < 0.008:
            order.cancelled = int(self.env.now) + rng.randrange(60, 3600)
            return
        if order.way != "counter" and rng.random() < 0.05:
            order.customer_wait = rng.randrange(600, 14_400)
            yield self.env.timeout(order.customer_wait)
        yield self.env.timeout(rng.randrange(20, 90))
        order.confirmed = int(self.env.now)
        yield from self._deliver(order, work)

    def _enter(self, order: Order, work: Worktime) -> Generator[Any, Any, None]:
        rng, desk = self.chance, self.desks[order.branch.scope]
        pace = self.paces[order.branch.scope]
        if order.way == "counter":
            yield self.env.timeout(rng.randrange(60, 300))
        elif order.way in DIGITAL or order.way == "rep":
            order.touched = order.way == "rep"
            yield self.env.timeout(600 - int(self.env.now) % 600 + rng.randrange(1, 20))
            if rng.random() < 0.12:
                order.touched = True
                yield from self._work(desk, work, int(pace * rng.uniform(0.1, 0.5)), 3)
        else:
            short = 0.25 if order.way == "robot" else 1.0
            yield from self._work(desk, work, int(pace * short * rng.gammavariate(2, 0.5)) + 20, _STEPS[order.way])

    def _work(self, desk: simpy.Resource, work: Worktime, seconds: int, urgency: int) -> Generator[Any, Any, None]:
        """Waits for somebody free, then for so many seconds of working time."""
        asked = desk.request(priority=urgency) if isinstance(desk, simpy.PriorityResource) else desk.request()
        with asked:
            yield asked
            now = int(self.env.now)
            yield self.env.timeout(work.advance(now, seconds) - now)

    def _deliver(self, order: Order, work: Worktime) -> Generator[Any, Any, None]:
        rng, zone = self.chance, order.country.zone
        now = int(self.env.now)
        order.released = now if order.way == "counter" else work.advance(now, rng.randrange(300, 5400))
        days = 0 if order.way == "counter" else rng.choice((0, 1, 1, 1, 2, 2, 3, 5))
        leaves = work.advance(order.released, 60 + days * 8 * 3600)
        if rng.random() < 0.012:
            order.cancelled = now + rng.randrange(1800, 40_000)
            if order.cancelled < leaves:
                return
        yield self.env.timeout(max(1, leaves - now))
        order.shipped = day_of(leaves, zone)
        order.delivered = order.shipped + timedelta(days=0 if order.way == "counter" else rng.choice((1, 1, 2)))
        order.invoiced = order.shipped + timedelta(days=rng.choice((0, 0, 1)))
        if rng.random() < 0.02:
            order.returned = order.shipped + timedelta(days=rng.randrange(5, 30))


def _number(country: Country, count: int) -> str:
    match country.system:
        case "kontor":
            return f"{count:07}"
        case "nordwind":
            return f"SO-{count}"
        case "central":
            return f"S-ORD{count}"
        case "as400":
            return f"{count:08}"
        case _:
            return str(count)


def _defects(world: World, rng: random.Random) -> None:
    """Defects found on shipped orders: seldom on digital ones, more often where somebody keyed."""
    number = 0
    for order in world.orders:
        if order.shipped is None or rng.random() > (0.009 if order.way in DIGITAL else 0.032):
            continue
        found = at("UTC", order.shipped, 0) + rng.randrange(1, 45) * 86_400 + rng.randrange(86_400)
        if found < at("UTC", world.exported_on, 0):
            number += 1
            category = rng.choice(("price", "item", "quantity", "address", "document", "remorse"))
            caused = "customer" if category == "remorse" else rng.choices(("seller", "customer", "carrier"), (80, 12, 8))[0]
            world.defects.append(Defect(f"D{number:06}", order, category, caused, found))
