"""What is invoiced and credited of what was delivered: partial deliveries apart, returns, and bonuses that belong to no order.

Drawn after all else has happened, from a generator of its own. Amounts are hundredths of the currency's unit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from charter.demo.world import Invoice, InvoiceLine, Order, World

_INVOICED = ("standard", "call_off", "intercompany")
"""Kinds of orders that are invoiced; samples, warranty and internal moves are not."""
BONUS = "BONUS"


def invoices(world: World) -> list[Invoice]:
    """Answers all invoices and credit notes of the world's months, numbered in the order of their days."""
    rng = random.Random(f"{world.size.seed} invoices")
    found: list[Invoice] = []
    for order in world.orders:
        if order.invoiced and order.kind in _INVOICED:
            found += _of_order(order, rng)
    found += _bonuses(found, rng)
    dated = sorted((one for one in found if one.day < world.end), key=lambda one: (one.day, one.key))
    numbers = dict.fromkeys(("invoice", "credit_note"), 0)
    return [_numbered(one, numbers) for one in dated]


def _numbered(one: Invoice, numbers: dict[str, int]) -> Invoice:
    numbers[one.kind] += 1
    return replace(one, number=f"{'RE' if one.kind == 'invoice' else 'GS'}{numbers[one.kind]:07}")


def _of_order(order: Order, rng: random.Random) -> Iterator[Invoice]:
    """The invoice of an order, or two where a part of it was delivered later; then what was taken back of the first."""
    assert order.invoiced is not None
    parts = _parts(order, rng)
    day = order.invoiced
    for place, lines in enumerate(parts):
        yield Invoice("", "invoice", day, f"{order.number} {place}", order.branch, order.account, order, lines)
        day += timedelta(days=rng.randrange(1, 10))
    if order.returned is not None:
        line = rng.choice(parts[0])
        quantity = line.quantity if rng.random() < 0.7 else rng.randrange(1, line.quantity + 1)
        back = (InvoiceLine(line.item, quantity, line.amount // line.quantity * quantity),)
        yield Invoice("", "credit_note", order.returned, f"{order.number} r", order.branch, order.account, order, back)


def _parts(order: Order, rng: random.Random) -> list[tuple[InvoiceLine, ...]]:
    lines = [InvoiceLine(str(line.item), line.quantity, line.amount) for line in order.lines]
    if order.way == "counter" or rng.random() >= 0.12:
        return [tuple(lines)]
    if len(lines) > 1:
        cut = rng.randrange(1, len(lines))
        return [tuple(lines[:cut]), tuple(lines[cut:])]
    line = lines[0]
    if line.quantity == 1:
        return [(line,)]
    cut = rng.randrange(1, line.quantity)
    price = line.amount // line.quantity
    return [(InvoiceLine(line.item, count, count * price),) for count in (cut, line.quantity - cut)]


def _bonuses(told: list[Invoice], rng: random.Random) -> Iterator[Invoice]:
    """Some customers get a part of a quarter's invoices back at its end: a credit note that names no order."""
    sums: dict[tuple[str, date], list[Invoice]] = {}
    for one in told:
        if one.kind == "invoice" and one.order is not None and one.order.kind != "intercompany":
            sums.setdefault((one.account.number, _quarter_end(one.day)), []).append(one)
    for (account, day), many in sorted(sums.items()):
        if rng.random() < 0.04:
            amount = sum(line.amount for one in many for line in one.lines) * rng.choice((1, 2, 3)) // 100
            if amount:
                first = many[0]
                line = (InvoiceLine(BONUS, 1, amount),)
                yield Invoice("", "credit_note", day, f"{account} bonus", first.branch, first.account, None, line)


def _quarter_end(day: date) -> date:
    begin = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return (begin + timedelta(days=95)).replace(day=1) - timedelta(days=1)
