"""Who places the orders of the shops: buyers of customers, of chains and of buying services, platforms' machines, and reps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from charter.demo.world import Account, Order, User, World

SERVED = 90
"""One buying service for so many customers, which buys for a few of them at a time."""


@dataclass
class Users:
    """Who may place orders: reps by branch and by customer, buyers by firm, services by customer, machines by country."""

    rng: random.Random
    reps: dict[str, list[User]]
    rep_of: dict[str, User] = field(default_factory=dict)
    buyers: dict[str, list[User]] = field(default_factory=dict)
    services: dict[str, User] = field(default_factory=dict)
    machines: dict[str, list[User]] = field(default_factory=dict)

    def rep(self, account: Account) -> User:
        """Answers the rep who looks after a customer."""
        if account.number not in self.rep_of:
            self.rep_of[account.number] = self.rng.choice(self.reps[account.branch.scope])
        return self.rep_of[account.number]

    def buyer(self, account: Account) -> User:
        """Answers who of the customer orders: a service, now and then the parent's own buyer, else one of a few people."""
        if account.number in self.services and self.rng.random() < 0.7:
            return self.services[account.number]
        firm = account.parent if account.parent and self.rng.random() < 0.5 else account.same_as or account.number
        if firm not in self.buyers:
            self.buyers[firm] = [User(f"{firm.lower()}-{n}", "buyer") for n in range(1, self.rng.choice((2, 2, 3, 4)))]
        return self.rng.choice(self.buyers[firm])

    def machine(self, order: Order) -> User:
        """Answers the machine of the buying platform by which an order came."""
        code = order.country.code
        if code not in self.machines:
            self.machines[code] = [User(f"platform-{code}-{n}", "system") for n in (1, 2)]
        return self.rng.choice(self.machines[code])

    def placing(self, order: Order) -> User:
        """Answers who places an order in a shop; a rep now and then on the buyer's own screen."""
        if order.way == "punchout":
            return self.machine(order)
        if order.way != "rep":
            return self.buyer(order.account)
        chance = self.rng.random()
        if chance < 0.05:
            return self.buyer(order.account)
        return self.rep(order.account) if chance < 0.9 else self.rng.choice(self.reps[order.branch.scope])


def place_users(world: World) -> Users:
    """Gives every order of a shop who placed it; answers who may."""
    rng = random.Random(f"{world.size.seed} users")
    for branch in world.branches:
        count = rng.choice((1, 1, 2))
        world.reps[branch.scope] = [User(f"{branch.site.lower()}-sales-{n}", "staff") for n in range(1, count + 1)]
    users = Users(rng, world.reps, services=_services(world, rng))
    for order in world.orders:
        if order.shop_number:
            order.user = users.placing(order)
    return users


def _services(world: World, rng: random.Random) -> dict[str, User]:
    by_country: dict[str, list[Account]] = {}
    for account in world.accounts:
        by_country.setdefault(account.branch.country.code, []).append(account)
    found: dict[str, User] = {}
    for code, accounts in by_country.items():
        for place in range(len(accounts) // SERVED):
            service = User(f"service-{code}-{place}", "buyer")
            for account in rng.sample(accounts, rng.randrange(3, 7)):
                found.setdefault(account.number, service)
    return found
