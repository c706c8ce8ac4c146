"""Reps in the customer's place, for every face: which orders, why, what they do to the number, and who answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from charter.app.number import period_for
from charter.app.ownership import matrix_of
from charter.app.project import Advance, Project, bound, silent, today
from charter.app.pseudonyms import key_of, staff
from charter.app.routing import Router, Way
from charter.app.suspects import RATIO
from charter.app.wording import counted, percent
from charter.performance.suspects.impersonated import RULES, Effect, Impersonated, Told, effect, find_impersonated
from charter.values.ratio import canonical, divide

_SHOWN = 8


@dataclass(frozen=True)
class ImpersonatedAnswer:
    """The suspects of a scope and period, the digital order ratio with and without them, and to whom they go."""

    scope: str
    period: str
    found: tuple[Impersonated, ...]
    sources: tuple[Told, ...]
    effect: Effect
    owner: Way

    @property
    def roots(self) -> tuple[str, ...]:
        """Answers the suspect orders."""
        return tuple(one.root for one in self.found)

    @property
    def as_told(self) -> Decimal | None:
        """Answers the digital order ratio with every order as it is recorded."""
        return divide(self.effect.digital, self.effect.orders)

    @property
    def without(self) -> Decimal | None:
        """Answers the ratio if each suspect counted as keyed by a rep (C3)."""
        return divide(self.effect.digital_without, self.effect.orders)

    @property
    def untold(self) -> tuple[int, int]:
        """Answers the orders of which it is not told who placed them, and all that were looked at."""
        orders = sum(one.orders for one in self.sources)
        return orders - sum(one.told for one in self.sources), orders

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping: the contract of `--json`."""
        untold, orders = self.untold
        return {
            "scope": self.scope,
            "period": self.period,
            "suspects": [
                {
                    **asdict(one), "ordered_on": one.ordered_on.isoformat(), "net_amount": canonical(one.net_amount), "why": why(one),
                }
                for one in self.found
            ],
            "by_rule": {rule: sum(one.rule == rule for one in self.found) for rule in RULES},
            RATIO: {"as_told": canonical(self.as_told), "without": canonical(self.without), **asdict(self.effect)},
            "orders": orders,
            "cannot_be_told": {
                "orders": untold, "share": canonical(divide(untold, orders)), "sources": [asdict(one) for one in self.sources],
            },
            "accountable": {"person": self.owner[0], "by": self.owner[1]},
        }  # fmt: skip

    def table(self, limit: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers heads and rows, what a source tells first."""
        heads = ("scope", "account", "order", "by", "day", "value", "placed by", "why")
        rows: list[tuple[str, ...]] = [
            (
                one.scope, one.account or "(unknown)", one.root, one.touchpoint or one.commit_class, one.ordered_on.isoformat(),
                f"{one.currency or ''} {one.net_amount:,.2f}".strip() if one.net_amount is not None else "–",
                (one.identity or "(unknown)")[:_SHOWN], why(one),
            )
            for one in sorted(self.found, key=lambda one: (RULES.index(one.rule), one.scope, one.ordered_on, one.root))[:limit]
        ]  # fmt: skip
        return heads, rows

    def lines(self) -> list[str]:
        """Answers how many there are, what they do to the number, what cannot be told, and whose they are."""
        untold, orders = self.untold
        told = []
        if untold:
            share = percent(divide(untold, orders) or Decimal(0))
            named = ", ".join(one.source for one in self.sources if one.told < one.orders)
            what = counted(orders, "self-service or assisted order")
            told.append(f"of {untold:,} of {what} ({share}) it cannot be told who placed them: map placed_by ({named})")
        if not self.found:
            return [*told, "no digital order that tells who placed it was placed by an identity that looks like an employee's"]
        person, by = self.owner
        ratio = ""
        if self.as_told is not None and self.without is not None:
            ratio = f"; {RATIO} {percent(self.as_told)} as told, {percent(self.without)} if each counted as keyed by a rep (C3)"
        looks = "looks" if len(self.found) == 1 else "look"
        return [
            *told,
            f"{counted(len(self.found), 'digital order')} {looks} placed by an employee in the customer's place{ratio}",
            f"to {person or 'nobody'}: {by}",
            "nothing was changed: the orders count as recorded",
        ]


def why(one: Impersonated) -> str:
    """Answers by what the identity looks like an employee's."""
    match one.rule:
        case "told":
            return f"{one.source} tells that an employee placed it"
        case "person":
            return "placed by a person of the organisation"
        case "serves":
            return (
                f"the same user keys manual orders, or works cases, of {counted(one.served, 'account')} that do not belong together"
            )
    return (
        f"the same user orders for {counted(one.ordered, 'account')} that do not belong together: an employee, or a buying service"
    )


def impersonated(
    project: Project, scope: str = "group", period: str | None = None, *, advance: Advance = silent
) -> ImpersonatedAnswer:
    """Answers the orders that count as the customer's own digital ones and that an employee's identity placed."""
    project = bound(project)
    model = project.model(today(project))
    model.tree.chain(scope, model.as_of)  # raises where there is no such scope
    matrix, key = matrix_of(project), key_of(project)
    ours = staff(model, matrix.people, key) if key else ()
    with project.reading() as lake:
        span = period_for(lake, period)
        found, sources = find_impersonated(lake, scope, span, ours, advance=advance)
        done = effect(lake, scope, span, found)
    owner = Router(model, matrix).to((f"Metric:{RATIO}",), scope)
    return ImpersonatedAnswer(scope, str(span), tuple(found), tuple(sources), done, owner)
