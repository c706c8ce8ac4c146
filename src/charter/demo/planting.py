"""Known defects, planted at rates between 0.1 and 5 % that the seed draws, and remembered."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from charter.demo.clock import at, day_of
from charter.demo.users import place_users
from charter.demo.worktime import Worktime
from charter.demo.world import Account, Case, CaseEvent, Line, World

KINDS = (
    "price_leak",
    "missing_owner",
    "rekeyed_order",
    "paused_clock",
    "duplicate_account",
    "broken_document",
    "silent_source",
)
IMPERSONATED = "impersonated_order"
"""Drawn apart from the others, so that it moves none of them."""


@dataclass
class Planted:
    """What was broken on purpose, and at which rates.

    `silent`: (country, first day, last day) of which the ERP's rows never came. `broken`: ERP numbers of orders whose rows no
    contract lets in. `rekeyed`: number of the shop -> number of the ERP. `paused`: case -> instants at which the clock was
    stopped. `impersonated`: numbers of the shop of orders that a rep placed in the storefront as if he were the customer. `duplicates`: second number -> first. `leaks`: (ERP number, line) -> what the line was charged too much.
    """

    rates: dict[str, float] = field(default_factory=dict)
    silent: list[tuple[str, date, date]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    rekeyed: dict[str, str] = field(default_factory=dict)
    paused: dict[str, list[int]] = field(default_factory=dict)
    duplicates: dict[str, str] = field(default_factory=dict)
    leaks: dict[tuple[str, int], int] = field(default_factory=dict)
    impersonated: set[str] = field(default_factory=set)
    vacancies: list[tuple[str, str, str]] = field(default_factory=list)
    repeated_rows: int = 0

    def is_silent(self, country: str, day: date) -> bool:
        """Answers whether the ERP's rows of that market and day were lost."""
        return any(code == country and first <= day <= last for code, first, last in self.silent)


def plant(world: World) -> Planted:
    """Breaks the world here and there; answers what was broken."""
    rng = random.Random(f"{world.size.seed} planted")
    planted = Planted({kind: math.exp(rng.uniform(math.log(0.001), math.log(0.05))) for kind in KINDS})
    _duplicates(world, planted, rng)
    _rekeyed(world, planted, rng)
    _leaks(world, planted, rng)
    _paused(world, planted, rng)
    _silent(world, planted, rng)
    chance = planted.rates["broken_document"]
    _impersonated(world, planted)
    planted.broken = {order.number for order in world.orders if rng.random() < chance}
    return planted


def _some(rate: float, count: int) -> int:
    """How many of so many: the rate's share, one at least."""
    return min(count, max(1, round(rate * count)))


def _leaks(world: World, planted: Planted, rng: random.Random) -> None:
    rate = planted.rates["price_leak"]
    for order in world.orders:
        if rng.random() < rate * len(order.lines):
            place = rng.randrange(len(order.lines))
            line = order.lines[place]
            price = max(
                1, line.price * rng.choice((78, 85, 92, 96, 104, 110, 125)) // 100 // order.country.step * order.country.step
            )
            if price != line.price:
                order.lines = tuple(_charged(one, price) if one is line else one for one in order.lines)
                planted.leaks[order.number, line.number] = (price - line.reference) * line.quantity


def _charged(line: Line, price: int) -> Line:
    return replace(line, price=price)


def _rekeyed(world: World, planted: Planted, rng: random.Random) -> None:
    """Orders of the shop that never reached the ERP, and that somebody keyed by hand from the customer's call."""
    able = [order for order in world.orders if order.way in ("shop", "portal") and order.shipped and not order.cancelled]
    times: dict[str, Worktime] = {}
    for order in rng.sample(able, _some(planted.rates["rekeyed_order"], len(able))) if able else ():
        country = order.country
        work = times.setdefault(country.code, Worktime(country, world.start, world.end + timedelta(days=150)))
        keyed = work.advance(order.received + rng.randrange(1800, 100_000), rng.randrange(60, 600))
        shift = keyed - order.entered
        if shift <= 0:
            continue
        order.entered, order.confirmed, order.released = keyed, order.confirmed + shift, order.released + shift
        order.shipped = max(order.shipped or date.max, day_of(order.released, country.zone))
        order.delivered = order.shipped + timedelta(days=1)
        order.invoiced = order.shipped
        order.touched, order.rekeyed = True, order.number
        planted.rekeyed[order.shop_number or ""] = order.number


def _paused(world: World, planted: Planted, rng: random.Random) -> None:
    """Agents who stop the clock though nothing was asked, and let it run again when they have time."""
    able = [case for case in world.cases if _gap(case) is not None]
    for case in rng.sample(able, _some(planted.rates["paused_clock"], len(able))) if able else ():
        place = _gap(case)
        if place is None:
            continue
        before, after = case.events[place], case.events[place + 1]
        span = after.at - before.at
        begin = before.at + span * rng.randrange(10, 40) // 100
        end = before.at + span * rng.randrange(60, 95) // 100
        team = before.team
        stopped = [CaseEvent(begin, "waiting", "agent", team), CaseEvent(end, "open", "agent", team)]
        case.events[place + 1 : place + 1] = stopped
        planted.paused[case.number] = [begin]


def _impersonated(world: World, planted: Planted) -> None:
    """Orders that a rep who has the habit placed in the storefront for a customer who had called: the shop takes them for the customer's."""
    users, rng = place_users(world), random.Random(f"{world.size.seed} impersonated")
    rate = planted.rates[IMPERSONATED] = math.exp(rng.uniform(math.log(0.001), math.log(0.05)))
    able = [order for order in world.orders if order.way in ("shop", "portal", "quote")]
    habits: dict[str, bool] = {}
    tempted = [order for order in able if habits.setdefault(users.rep(order.account).name, rng.random() < 0.6)]
    for order in rng.sample(tempted, min(len(tempted), _some(rate, len(able)))):
        order.user, order.impersonated = users.rep(order.account), True
        planted.impersonated.add(order.shop_number or "")


def _gap(case: Case) -> int | None:
    """The first long stretch in which a case is worked on."""
    state = "open"
    for place, (one, following) in enumerate(zip(case.events, case.events[1:], strict=False)):
        state = state if one.state == "same" else one.state
        if state == "open" and following.at - one.at > 7200 and one.what != "question sent":
            return place
    return None


def _duplicates(world: World, planted: Planted, rng: random.Random) -> None:
    """Customers who were entered a second time, by somebody who did not look; part of their orders goes there since."""
    count = len(world.accounts)
    chosen = rng.sample(world.accounts, _some(planted.rates["duplicate_account"], count))
    second: dict[str, Account] = {}
    for place, account in enumerate(chosen):
        number = f"{account.number[0]}{900_000 + place}"
        twin = replace(account, number=number, same_as=account.number)
        for field_name, value in _retyped(account, rng).items():
            setattr(twin, field_name, value)
        world.accounts.append(twin)
        second[account.number] = twin
        planted.duplicates[number] = account.number
    for order in world.orders:
        if order.account.number in second and rng.random() < 0.35:
            order.account = second[order.account.number]


def _retyped(account: Account, rng: random.Random) -> dict[str, str]:
    """The same firm as somebody else types it: one to three fields differ."""
    found: dict[str, str] = {}
    for way in rng.sample(("name", "form", "case", "street", "tax", "phone", "email", "umlaut"), rng.randrange(1, 4)):
        name = found.get("name", account.name)
        match way:
            case "name":
                found["name"] = _typo(name, rng)
            case "form":
                company = account.branch.country.company
                found["name"] = name.removesuffix(f" {company}") if name.endswith(company) else f"{name} {company}"
            case "case":
                found["name"] = name.upper()
            case "umlaut":
                found["name"] = name.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ø", "o")
            case "street":
                street, _, house = account.street.rpartition(" ")
                found["street"] = rng.choice(
                    (f"{_typo(street, rng)} {house}", f"{street.replace('straße', 'str.')} {house}", f"{street} {house[::-1]}")
                )
            case "tax":
                found["tax_id"] = ""
            case "phone":
                found["phone"] = rng.choice(("", account.phone.replace(" ", "").replace("+", "00")))
            case "email":
                found["email"] = ""
    if "tax_id" not in found and rng.random() < 0.5:
        found["tax_id"] = ""
    return found


def _typo(text: str, rng: random.Random) -> str:
    place = rng.randrange(1, max(2, len(text) - 1))
    match rng.randrange(3):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[: place - 1] + text[place : place + 1] + text[place - 1 : place] + text[place + 1 :]
        case _:
            return text[:place] + text[place : place + 1] + text[place:]


def _silent(world: World, planted: Planted, rng: random.Random) -> None:
    """Months, and single days, of which a market's ERP sent nothing."""
    months = [(country, month) for country in world.countries for month in range(world.size.months)]
    for country, month in rng.sample(months, _some(planted.rates["silent_source"], len(months))):
        first = date(world.start.year + month // 12, month % 12 + 1, 1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if rng.random() < 0.5:
            first = last = _busiest(world, country.code, first, last)
        planted.silent.append((country.code, first, last))


def _busiest(world: World, code: str, first: date, last: date) -> date:
    """A day on which enough was ordered that it is missed."""
    counts: dict[date, int] = {}
    for order in world.orders:
        if order.country.code == code and order.entered and at("UTC", first, 0) <= order.entered < at("UTC", last, 0):
            day = day_of(order.entered, order.country.zone)
            counts[day] = counts.get(day, 0) + 1
    return max(counts, key=lambda day: (counts[day], day), default=first)
