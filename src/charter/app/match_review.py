"""The review queue, one pair side by side, and what a person decides about it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import log2
from typing import TYPE_CHECKING, Any

from charter.app.match import FoundPair, Standing, chain_in_words, lines_of, spec_of, stand
from charter.app.project import Project, bound, day_of_look, now
from charter.errors import CharterError
from charter.matching.codes import MAT003, MAT004, MAT005, MAT006, MAT007, MAT008
from charter.matching.rules import (
    DIFFERENT,
    REVIEW,
    SAME,
    UNDONE,
    UNLIKELY,
    Contradiction,
    Decision,
    Pair,
    contradiction,
    standing,
    two_of,
)
from charter.matching.store import Found, decisions, nearest_key, records, turnover, write_crosswalk, write_decision
from charter.performance.rate_table import rates_for
from charter.performance.rates import Amount, common_currency, total

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

Decide = Callable[[list[Decision], str, str, str, datetime], Decision]
SHOWN = ("name", "title", "street", "postal_code", "city", "country", "tax_id", "phone", "email", "parent_account_key", "manufacturer",
         "manufacturer_item", "gtin", "category", "home_scope", "sources")  # fmt: skip


@dataclass(frozen=True)
class Trade:
    """What was ordered in the last 12 months: how many orders (of an item: lines), and their net value where it has one."""

    orders: int
    value: Decimal | None
    currency: str | None

    def in_words(self, what: str = "order") -> str:
        """Answers it in a few words."""
        many = f"{self.orders:,} {what}{'' if self.orders == 1 else 's'}"
        return many if self.value is None or not self.orders else f"{many}, {self.currency} {self.value:,.2f}"


@dataclass(frozen=True)
class QueueRow:
    """A pair with both records and what was ordered by them; `value` is the turnover of the two together."""

    pair: FoundPair
    records: tuple[Mapping[str, Any], Mapping[str, Any]]
    value: Decimal
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {
            "left": self.pair.left, "right": self.pair.right, "status": self.pair.status, "probability": self.pair.probability,
            "exact_key": self.pair.exact_key, "first_found_at": self.pair.first_found_at, "turnover": self.value, "currency": self.currency,
            "records": [dict(one) for one in self.records],
        }  # fmt: skip


@dataclass(frozen=True)
class PairFacts:
    """One pair: both records, how it stands and why, what was ordered by each, and what was decided about it so far."""

    kind: str
    pair: FoundPair
    detail: Pair | None
    prior: float | None
    records: tuple[Mapping[str, Any], Mapping[str, Any]]
    trade: tuple[Trade, Trade]
    history: tuple[Decision, ...]
    identity: tuple[str, str]
    searched_at: datetime

    @property
    def before_looking(self) -> Decimal | None:
        """Answers the weight (bits) of two records of which nothing is known: with those of the steps it makes the pair's weight."""
        return Decimal(f"{log2(self.prior / (1 - self.prior)):.2f}") if self.prior else None

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        steps = self.detail.steps if self.detail else ()
        return {
            "kind": self.kind, "left": self.pair.left, "right": self.pair.right, "status": self.pair.status,
            "probability": self.pair.probability, "exact_key": self.pair.exact_key,
            "weight": self.detail.weight if self.detail else None,
            "before_looking": self.before_looking,
            "steps": [{"field": one.field, "agreement": one.told, "weight": one.weight} for one in steps],
            "records": [dict(one) for one in self.records],
            "last_12_months": [{"orders": one.orders, "value": one.value, "currency": one.currency} for one in self.trade],
            "identity": list(self.identity),
            "history": [{"what": one.what, "by": one.by, "at": one.at, "reason": one.reason} for one in self.history],
        }  # fmt: skip


def queue(
    project: Project, *, kind: str = "account", at: str | None = None, everything: bool = False, moment: datetime | None = None
) -> list[QueueRow]:
    """Answers the pairs to be reviewed, the dearest first: by the turnover of the two in the last 12 months.

    Args:
        project: the workspace.
        kind: account or item.
        at: only pairs of which one has its home in this scope or below.
        everything: every pair, however it stands; unlikely ones are left out.
        moment: the instant; else now.
    """
    project = bound(project)
    day = day_of_look(project, moment or now())
    model = project.model(day)
    below = None
    if at is not None:
        model.tree.chain(at, day)
        below = {at, *model.tree.descendants(at, day)}
    lines = lines_of(project, kind)
    with project.reading() as lake:
        stands = stand(lake, spec_of(model, kind), kind, lines)
        wanted = [one for one in stands.told() if one.status == REVIEW or (everything and one.status != UNLIKELY)]
        keys = {key for one in wanted for key in (one.left, one.right)}
        known = records(lake, kind, sorted(keys))
        home = project.workspace.settings.currency
        trade = _trade(lake, kind, keys, home)
    rows = [
        QueueRow(
            one, (known.get(one.left, {}), known.get(one.right, {})),
            sum((trade[key].value or Decimal(0) for key in (one.left, one.right) if key in trade), Decimal(0)), home,
        )
        for one in wanted
    ]  # fmt: skip
    if below is not None and at != "group":
        rows = [row for row in rows if any(one.get("home_scope") in below for one in row.records)]
    return sorted(rows, key=lambda row: (-row.value, -(row.pair.probability or 0), row.pair.left, row.pair.right))


def _trade(lake: Lake, kind: str, keys: Iterable[str], home: str, own: bool = False) -> dict[str, Trade]:
    """What was ordered, in the home currency, so that it can be compared; `own`: in the one currency that all of it stands in."""
    rows = turnover(lake, kind, sorted(keys))
    if not rows:
        return {}
    rates = rates_for(lake, home, None, max(row[2] for row in rows))
    found: dict[str, list[tuple[Amount, int]]] = {}
    for key, currency, day, orders, net in rows:
        found.setdefault(key, []).append((Amount(currency, day, net or Decimal(0)), int(orders)))
    out = {}
    for key, many in found.items():
        amounts = [amount for amount, _ in many]
        told = total(
            amounts, rates, common_currency(amounts, home) if own else (home if {a.currency for a in amounts} == {home} else None)
        )
        out[key] = Trade(sum(orders for _, orders in many), told.value, told.currency)
    return out


def show(project: Project, one: str, other: str, *, kind: str = "account", moment: datetime | None = None) -> PairFacts:
    """Answers all that is known of a pair."""
    project, left, right = bound(project), *_two(one, other)
    model = project.model(day_of_look(project, moment or now()))
    lines = lines_of(project, kind)
    with project.reading() as lake:
        return _facts(project, lake, stand(lake, spec_of(model, kind), kind, lines), left, right)


def _facts(project: Project, lake: Lake, stands: Standing, left: str, right: str) -> PairFacts:
    known = _known(lake, stands.kind, left, right)
    trade = _trade(lake, stands.kind, (left, right), project.workspace.settings.currency, own=True)
    pair = next((one for one in stands.told() if (one.left, one.right) == (left, right)), None)
    detail = stands.pairs.get((left, right))
    nothing = Trade(0, None, None)
    return PairFacts(
        stands.kind, pair or FoundPair(left, right, None, "not found"), detail[0] if detail else None, stands.found.model.get("prior"),
        (known[left], known[right]), (trade.get(left, nothing), trade.get(right, nothing)),
        tuple(line for line in stands.lines if line.two == (left, right)), (stands.who.of(left), stands.who.of(right)), stands.found.at,
    )  # fmt: skip


def _two(one: str, other: str) -> tuple[str, str]:
    if one == other:
        raise MAT007.exception(one=one)
    return two_of(one, other)


def _known(lake: Lake, kind: str, left: str, right: str) -> dict[str, dict[str, Any]]:
    known = records(lake, kind, [left, right])
    for key in (left, right):
        if key not in known:
            near = nearest_key(lake, kind, key)
            raise MAT003.exception(kind=kind, key=key, near=f"did you mean {near}?" if near else "`charter match list` shows keys")
    return known


def decide(
    project: Project, one: str, other: str, *, same: bool, reason: str, kind: str = "account", moment: datetime | None = None
) -> PairFacts:
    """Decides that two are the same, or are different; the crosswalk follows in the same call."""

    def line(lines: list[Decision], left: str, right: str, by: str, at: datetime) -> Decision:
        held = standing(lines)
        if (before := held.get((left, right))) is not None:
            raise MAT004.exception(
                one=left, other=right, what="the same" if before.what == SAME else "different", by=before.by, day=before.at.date(),
                reason=before.reason,
            )  # fmt: skip
        return Decision(len(lines) + 1, left, right, SAME if same else DIFFERENT, by, at, reason.strip())

    return _act(project, one, other, kind, reason, moment, line)


def undo(
    project: Project, one: str, other: str, *, reason: str, kind: str = "account", moment: datetime | None = None
) -> PairFacts:
    """Withdraws what was decided about two: the crosswalk is again what it would be without that decision."""

    def line(lines: list[Decision], left: str, right: str, by: str, at: datetime) -> Decision:
        if (left, right) not in standing(lines):
            hint = f"`charter match decide {left} {right} --different --reason` separates a pair that was found automatically"
            raise MAT006.exception(one=left, other=right, hint=hint)
        return Decision(len(lines) + 1, left, right, UNDONE, by, at, reason.strip())

    return _act(project, one, other, kind, reason, moment, line)


def _act(project: Project, one: str, other: str, kind: str, reason: str, moment: datetime | None, line: Decide) -> PairFacts:
    """The lake's lock is taken first: what was decided and what follows from it are written with nobody in between."""
    from charter.state.database import open_state
    from charter.warehouse.opening import open_writer

    left, right = _two(one, other)
    if not reason.strip():
        raise MAT008.exception()
    project, moment = bound(project), moment or now()
    spec = spec_of(project.model(day_of_look(project, moment)), kind)
    by = f"{getpass.getuser()} (unauthenticated)"
    with project.reading() as lake:
        stand(lake, spec, kind, ())
        _known(lake, kind, left, right)

    def written(lines: Iterable[Decision]) -> Decision:
        known = list(lines)
        new = line(known, left, right, by, moment)
        if (problem := contradiction(standing([*known, new]))) is not None:
            raise _contradicts(problem)
        return new

    with open_writer(project.store, holder="charter match", since=moment.isoformat()) as lake:
        with open_state(project.state_place) as state:
            write_decision(state.matches, kind, written)
            lake.phase("decided")
            stands = stand(lake, spec, kind, decisions(state.matches, kind))
        with lake.transaction():
            write_crosswalk(lake, _with_count(stands), len(stands.pairs), stands.who)
        return _facts(project, lake, stands, left, right)


def _with_count(stands: Standing) -> Found:
    return replace(stands.found, decisions=len(stands.lines))


def _contradicts(problem: Contradiction) -> CharterError:
    return MAT005.exception(chain=chain_in_words(problem))
