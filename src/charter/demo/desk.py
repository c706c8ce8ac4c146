"""The simulation of service cases: teams with working hours, questions to customers, suppliers, handoffs, reopening."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from charter.demo.clock import at
from charter.demo.worktime import Worktime
from charter.demo.world import Account, Case, CaseEvent, World

if TYPE_CHECKING:
    from charter.demo.simulation import Advance

TEAMS = ("first line", "technical", "returns")
_KINDS = (("delivery", 35), ("product", 30), ("invoice", 20), ("return", 15))
_NEXT_TEAM = {"delivery": "returns", "product": "technical", "invoice": "first line", "return": "returns"}
ORDERS_A_CASE = 20


class Desk:
    """The running simulation of cases."""

    def __init__(self, world: World, times: dict[str, Worktime], chance: random.Random) -> None:
        self.world, self.times, self.chance = world, times, chance
        self.env = simpy.Environment(initial_time=at("UTC", world.start, 0) - 86_400)
        self.teams: dict[tuple[str, str], simpy.PriorityResource] = {}
        self.pace: dict[str, float] = {}
        counts: dict[str, int] = {}
        for order in world.orders:
            counts[order.country.code] = counts.get(order.country.code, 0) + 1
        for country in world.countries:
            cases = max(1, counts.get(country.code, 0) // ORDERS_A_CASE)
            people = max(1, cases // world.size.months // 40)
            hours = sum(end - begin for begin, end in country.hours) * 60 * 21 * world.size.months
            self.pace[country.code] = min(14_400.0, 0.5 * hours * people / cases)
            for team in TEAMS:
                self.teams[country.code, team] = simpy.PriorityResource(self.env, people)

    def run(self, opened: list[tuple[int, Case]], until: int) -> None:
        """Runs it until the systems are exported; cases that are not done are open."""
        self.env.process(self._source(opened))
        self.env.run(until=until)

    def _source(self, opened: list[tuple[int, Case]]) -> Generator[Any, Any, None]:
        for instant, case in opened:
            if instant > self.env.now:
                yield self.env.timeout(instant - self.env.now)
            self.world.cases.append(case)
            self.env.process(self._handle(case))

    def _note(self, case: Case, state: str, side: str, team: str, what: str = "") -> None:
        case.events.append(CaseEvent(int(self.env.now), state, side, team, what))

    def _handle(self, case: Case) -> Generator[Any, Any, None]:
        rng, team = self.chance, TEAMS[0]
        self._note(case, "open", "customer", team, "contact")
        yield from self._work(case, team, 0.4)
        if rng.random() < 0.3 and _NEXT_TEAM[case.kind] != team:
            team = _NEXT_TEAM[case.kind]
            self._note(case, "same", "agent", team, "handoff")
            yield from self._work(case, team, 0.8)
        if rng.random() < 0.35 and (yield from self._ask(case, team)):
            return
        if rng.random() < 0.1:
            self._note(case, "supplier", "agent", team, "ordered from the maker")
            yield self.env.timeout(rng.randrange(86_400, 5 * 86_400))
            self._note(case, "open", "agent", team, "maker delivered")
        if rng.random() < 0.05:
            case.priority = max(1, case.priority - 1)
            self._note(case, "same", "agent", team, "escalated")
        yield from self._work(case, team, 0.5)
        self._note(case, "resolved", "agent", team, "solution sent")
        yield from self._after(case, team)

    def _work(self, case: Case, team: str, share: float) -> Generator[Any, Any, None]:
        code = case.country.code
        asked = self.teams[code, team].request(priority=case.priority)
        with asked:
            yield asked
            now = int(self.env.now)
            seconds = int(self.pace[code] * share * self.chance.gammavariate(2, 0.5)) + 30
            yield self.env.timeout(self.times[code].advance(now, seconds) - now)

    def _ask(self, case: Case, team: str) -> Generator[Any, Any, bool]:
        """Asks the customer; answers whether the case ended in silence."""
        rng = self.chance
        self._note(case, "same", "agent", team, "question sent")
        yield self.env.timeout(rng.randrange(5, 120))
        self._note(case, "waiting", "agent", team, "")
        if rng.random() < 0.08:
            yield self.env.timeout(10 * 86_400)
            self._note(case, "silent", "system", team, "no answer for ten days")
            return True
        yield self.env.timeout(int(rng.expovariate(1 / 30_000)) + 300)
        if rng.random() < 0.3:
            self._note(case, "same", "customer", team, "called")
            yield self.env.timeout(rng.randrange(60, 1200))
            self._note(case, "open", "agent", team, "call noted")
        else:
            self._note(case, "open", "customer", team, "answered")
        return False

    def _after(self, case: Case, team: str) -> Generator[Any, Any, None]:
        rng = self.chance
        fate = rng.random()
        if fate < 0.08:
            yield self.env.timeout(rng.randrange(3600, 12 * 86_400))
        elif fate < 0.095:
            yield self.env.timeout(rng.randrange(20 * 86_400, 60 * 86_400))
        else:
            yield self.env.timeout(5 * 86_400)
            self._note(case, "closed", "system", team, "")
            return
        self._note(case, "open", "customer", team, "not solved")
        yield from self._work(case, team, 0.5)
        self._note(case, "resolved", "agent", team, "solution sent")


def simulate_cases(world: World, times: dict[str, Worktime], rng: random.Random, advance: Advance) -> None:
    """Adds the service cases to the world: about one for each twenty orders, while desks are open or, by portal, at night."""
    advance("simulate cases", 0, 1, "desks")
    wanted = max(30, len(world.orders) // ORDERS_A_CASE)
    told = sorted(rng.sample(world.orders, min(wanted, len(world.orders))), key=lambda one: (one.received, one.number))
    opened = []
    for place, order in enumerate(told):
        instant = order.received + rng.randrange(3 * 3600, 9 * 86_400)
        channel = rng.choice(("phone", "phone", "email", "email", "portal"))
        if channel == "phone":
            instant = times[order.country.code].advance(instant, 1)
        if instant < at("UTC", world.end, 0):
            opened.append((instant, _case(place, order.account, rng, channel)))
    opened.sort(key=lambda one: (one[0], one[1].number))
    Desk(world, times, rng).run(opened, at("UTC", world.exported_on, 0))
    advance("simulate cases", 1, 1, "desks")


def _case(place: int, account: Account, rng: random.Random, channel: str) -> Case:
    kind = rng.choices([kind for kind, _ in _KINDS], [share for _, share in _KINDS])[0]
    return Case(f"T{place:06}", account.branch.country, account, rng.choice((1, 2, 2, 3, 3, 3)), channel, kind)
