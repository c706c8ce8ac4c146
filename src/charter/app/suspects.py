"""Suspects for every face: orders that look keyed again, with what they do to the digital order ratio, and who answers for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from charter.app.codes import APP060
from charter.app.number import period_for
from charter.app.ownership import matrix_of
from charter.app.project import Advance, Project, bound, silent, today
from charter.app.routing import Router, Way
from charter.app.wording import counted, percent
from charter.performance.suspects.rekeyed import WINDOW, Control, Effect, Rekeyed, effect, find_rekeyed
from charter.values.duration import in_words
from charter.values.ratio import canonical, divide

RATIO = "digital-order-ratio"
_LONGEST = 31 * 24


@dataclass(frozen=True)
class RekeyedAnswer:
    """The suspects of a scope and period, the digital order ratio with and without them, and to whom they go."""

    scope: str
    period: str
    window: timedelta
    found: tuple[Rekeyed, ...]
    control: Control
    effect: Effect
    owner: Way

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Answers the pairs (digital root, manual root)."""
        return tuple((one.digital_root, one.manual_root) for one in self.found)

    @property
    def as_told(self) -> Decimal | None:
        """Answers the digital order ratio with every order as it is recorded."""
        return divide(self.effect.digital, self.effect.orders)

    @property
    def without(self) -> Decimal | None:
        """Answers the ratio if each suspect were one order."""
        return divide(self.effect.digital_without, self.effect.orders_without)

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping: the contract of `--json`."""
        return {
            "scope": self.scope,
            "period": self.period,
            "window_hours": self.window.total_seconds() / 3600,
            "suspects": [
                {
                    **asdict(one), "ordered_on": one.ordered_on.isoformat(), "net_amount": canonical(one.net_amount),
                    "hours": canonical(divide(one.gap, 3600)), "chance": canonical(divide(one.chance, 1_000_000)),
                    "gap": one.gap, "why": why(one),
                }
                for one in self.found
            ],
            "control": asdict(self.control),
            RATIO: {
                "as_told": canonical(self.as_told), "without": canonical(self.without), **asdict(self.effect),
            },
            "accountable": {"person": self.owner[0], "by": self.owner[1]},
        }  # fmt: skip

    def table(self, limit: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers heads and rows, those that are least by chance first."""
        heads = ("scope", "account", "digital order", "manual order", "hours between", "value", "why")
        rows: list[tuple[str, ...]] = [
            (
                one.scope, one.account, f"{one.digital_root} ({one.digital_touchpoint or one.digital_class})",
                f"{one.manual_root} ({one.manual_touchpoint or one.manual_class})", f"{one.gap / 3600:.1f}",
                f"{one.currency or ''} {one.net_amount:,.2f}".strip() if one.net_amount is not None else "–", why(one),
            )
            for one in sorted(self.found, key=lambda one: (one.chance, one.scope, one.account, one.manual_root))[:limit]
        ]  # fmt: skip
        return heads, rows

    def lines(self) -> list[str]:
        """Answers what they do to the number, what chance alone makes, and whose they are."""
        if not self.found:
            return ["no manual order looks like a digital one keyed again"]
        told = f"{counted(len(self.found), 'manual order')} {'looks' if len(self.found) == 1 else 'look'} re-keyed"
        ratio = ""
        if self.as_told is not None and self.without is not None:
            ratio = f"; {RATIO} {percent(self.as_told)} as told, {percent(self.without)} if each were one order"
        person, by = self.owner
        return [
            f"{told}{ratio}",
            f"in the whole group {self.control.ahead:,} such pairs have the manual order after the digital one, and "
            f"{self.control.back:,} before it: about so many come by chance",
            f"to {person or 'nobody'}: {by}",
            "nothing was changed: the orders count as recorded",
        ]


def why(one: Rekeyed) -> str:
    """Answers what agrees, and how often the account does that by itself."""
    same = (
        f"same {counted(one.lines, 'line')} with the same quantities"
        if one.lines
        else "same amount and currency; the digital copy has no lines"
    )
    if not one.repeats:
        return f"{same}; {in_words(one.gap)} later; ordered no other time within a year"
    soon = "none" if not one.soon else f"{one.soon:,}"
    alone = f"; {one.alone:,} by hand alone" if one.alone else ""
    return f"{same}; {in_words(one.gap)} later; of {counted(one.repeats, 'other order')} of it {soon} came so soon{alone}"


def rekeyed(
    project: Project,
    scope: str = "group",
    period: str | None = None,
    *,
    within_hours: int | None = None,
    advance: Advance = silent,
) -> RekeyedAnswer:
    """Answers the manual orders that look like digital ones keyed again, at a scope for a period.

    Raises:
        UsageError: `within_hours` is not between 1 and 744.
    """
    if within_hours is not None and not 1 <= within_hours <= _LONGEST:
        raise APP060.exception(hours=within_hours, most=_LONGEST)
    window = WINDOW if within_hours is None else timedelta(hours=within_hours)
    project = bound(project)
    model = project.model(today(project))
    model.tree.chain(scope, model.as_of)  # raises where there is no such scope
    with project.reading() as lake:
        span = period_for(lake, period)
        found, control = find_rekeyed(lake, scope, span, window=window, advance=advance)
        told = effect(lake, scope, span, found)
    owner = Router(model, matrix_of(project)).to((f"Metric:{RATIO}",), scope)
    return RekeyedAnswer(scope, str(span), window, tuple(found), control, told, owner)
