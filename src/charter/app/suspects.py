"""Suspects for every face: orders keyed again and clocks paused for nothing, what they do to the numbers, and who answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from charter.app.codes import APP060
from charter.app.number import period_for
from charter.app.ownership import matrix_of
from charter.app.project import Advance, Project, bound, silent, today
from charter.app.routing import Router, Way
from charter.app.wording import counted, percent
from charter.performance.measure import case_calendar
from charter.performance.slo import Objective, objectives
from charter.performance.suspects.paused import Paused, Team, find_paused, met_only_so, threshold_of
from charter.performance.suspects.rekeyed import WINDOW, Control, Effect, Rekeyed, effect, find_rekeyed
from charter.values.duration import in_words
from charter.values.ratio import canonical, divide

RATIO = "digital-order-ratio"
TIME = "time-to-resolution"
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
            f"{self.control.back:,} before it; about as many as those before come by chance",
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
    same += "; it reached no other system"
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


@dataclass(frozen=True)
class PausedAnswer:
    """The suspect pauses of a scope and period, with the targets of their cases, the teams, and to whom they go."""

    scope: str
    period: str
    found: tuple[Paused, ...]
    teams: tuple[Team, ...]
    targets: tuple[Objective, ...]
    owner: Way

    @property
    def pauses(self) -> tuple[tuple[str, str], ...]:
        """Answers the suspect pauses: case, and the instant at which the clock was stopped (ISO 8601, UTC)."""
        return tuple((one.case, one.began_at.astimezone(UTC).isoformat()) for one in self.found)

    @property
    def untold(self) -> tuple[int, int]:
        """Answers the pauses of which it cannot be told who acted or asked, and all pauses."""
        untold = sum(one.untold for one in self.teams)
        return untold, untold + sum(one.judged for one in self.teams)

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping: the contract of `--json`."""
        untold, pauses = self.untold
        return {
            "scope": self.scope,
            "period": self.period,
            "suspects": [
                {
                    **asdict(one), "began_at": one.began_at.astimezone(UTC).isoformat(), "threshold": threshold_of(one, self.targets),
                    "met_only_because": met_only_so(one, threshold_of(one, self.targets)),
                }
                for one in self.found
            ],
            "teams": [
                {
                    **asdict(one), "share": canonical(one.share), "others_share": canonical(one.others_share),
                    "interval": _bounds(one.interval), "others_interval": _bounds(one.others_interval),
                }
                for one in self.teams
            ],
            "pauses": pauses,
            "cannot_be_told": {"pauses": untold, "share": canonical(divide(untold, pauses))},
            "accountable": {"person": self.owner[0], "by": self.owner[1]},
        }  # fmt: skip

    def table(self, limit: int) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers heads and rows, the longest pauses first."""
        heads = ("scope", "case", "team", "from", "stood still (clock)", "time to resolution", "without the pause", "target")
        rows: list[tuple[str, ...]] = [
            (
                one.scope, one.case, one.team or "(unknown)", one.began_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
                in_words(one.seconds), _time(one.business_seconds), _time(one.without), self._target(one),
            )
            for one in sorted(self.found, key=lambda one: (-one.seconds, one.case, one.began_at))[:limit]
        ]  # fmt: skip
        return heads, rows

    def _target(self, one: Paused) -> str:
        threshold = threshold_of(one, self.targets)
        if threshold is None:
            return "no objective"
        return f"met only so ({in_words(threshold)})" if met_only_so(one, threshold) else in_words(threshold)

    def team_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Answers heads and rows by team: suspects among the pauses that can be judged, and the others' share."""
        heads = ("team", "suspects", "of pauses", "share (95 %)", "the others (95 %)", "cannot be told")
        rows: list[tuple[str, ...]] = [
            (
                one.team or "(unknown)", f"{one.suspects:,}", f"{one.judged:,}", _share(one.share, one.interval),
                _share(one.others_share, one.others_interval), f"{one.untold:,}",
            )
            for one in self.teams
        ]  # fmt: skip
        return heads, rows

    def lines(self) -> list[str]:
        """Answers how many there are, how many cannot be told, and whose they are."""
        untold, pauses = self.untold
        told = []
        if untold:
            share = percent(divide(untold, pauses) or Decimal(0))
            told.append(
                f"of {untold:,} of {counted(pauses, 'pause')} ({share}) it cannot be told who acted or asked: map actor_side and contact"
            )
        if not self.found:
            return [*told, "no pause was begun and ended by our side alone without a question to the customer"]
        only = sum(bool(met_only_so(one, threshold_of(one, self.targets))) for one in self.found)
        person, by = self.owner
        so = f"; {only:,} of them in cases that met their target only so" if only else ""
        return [
            *told,
            f"{counted(len(self.found), 'pause')} begun and ended by our side alone, without a question or an answer{so}",
            f"to {person or 'nobody'}: {by}",
            "nothing was changed: the cases count as recorded",
        ]


def _bounds(interval: tuple[Decimal, Decimal] | None) -> list[str | None] | None:
    return [canonical(bound) for bound in interval] if interval else None


def _share(share: Decimal | None, interval: tuple[Decimal, Decimal] | None) -> str:
    if share is None:
        return "–"
    return percent(share) + (f" ({percent(interval[0])} to {percent(interval[1])})" if interval else "")


def _time(seconds: int | None) -> str:
    return "–" if seconds is None else in_words(seconds)


def paused(project: Project, scope: str = "group", period: str | None = None, *, advance: Advance = silent) -> PausedAnswer:
    """Answers the pauses of resolved cases that nobody but our own side began and ended, at a scope for a period."""
    project = bound(project)
    model = project.model(today(project))
    model.tree.chain(scope, model.as_of)  # raises where there is no such scope
    targets = tuple(one for one in objectives(model, scope) if one.metric == TIME)
    with project.reading() as lake:
        span = period_for(lake, period)
        found, teams = find_paused(lake, scope, span, case_calendar(model), advance=advance)
    owner = Router(model, matrix_of(project)).to((f"Metric:{TIME}",), scope)
    return PausedAnswer(scope, str(span), tuple(found), tuple(teams), targets, owner)
