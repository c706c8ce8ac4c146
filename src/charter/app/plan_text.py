"""A plan as people read it: lines by part, and the numbers that move as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from charter.app.findings import as_text
from charter.app.plan import Effect, PlanReport
from charter.app.plan_again import Again, Holding, Reread
from charter.app.plan_numbers import Moved
from charter.app.why import as_words
from charter.app.wording import counted, share_or_plain
from charter.model.diff import Held
from charter.performance.history import Standing


def effect_line(one: Effect) -> str:
    """Answers one answer that changes: what, from what to what, when and where, and who answers for it."""
    answers = f" (answers: {one.owner})" if one.owner else ""
    return f"{one.ref} {one.path}: {_side(one.before)} → {_side(one.after)}{_days(one.begin, one.end)} at {_where(one.scopes)}{answers}"


def _side(held: Held | None) -> str:
    if held is None:
        return "nothing"
    return f"{_short(as_words(held.value))}{'' if held.state == 'compliant' else f' ({held.state})'}"


def _days(begin: date | None, end: date | None) -> str:
    return "".join([f" from {begin}" if begin else "", f" to {end}" if end else ""])


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _where(scopes: Sequence[str]) -> str:
    return ", ".join(scopes) if len(scopes) <= 3 else f"{scopes[0]}, {scopes[1]} and {len(scopes) - 2} more scopes"


def effect_lines(report: PlanReport) -> list[tuple[str, list[str]]]:
    """Answers the parts of a plan for people, each with its title and its lines."""

    effects = [effect_line(one) for one in report.effects]
    lost = [
        f"{one.ref} {one.path} in {one.layer} ({one.origin}): {_short(as_words(one.value))} has no effect{_days(one.begin, one.end)}; "
        f"held by {', '.join(one.holders) or one.code}"
        for one in report.lost
    ]
    owners = [
        f"{'+' if one.gains else '-'} {one.person} {one.role} for {one.object} at {one.scope}{_days(one.begin, one.end)}"
        for one in report.handovers
    ]
    taken = [
        f"{one.source}: what {counted(one.deliveries, 'delivery', 'deliveries')} ({one.rows:,} rows) brought stays as it was taken in; "
        "the next ones go by the draft"
        for one in report.taken
    ]
    parts = (
        ("answers that change", effects), ("writes that pass now and would not", lost), ("who answers", owners),
        ("sources that go by other rules", taken),
    )  # fmt: skip
    return [(title, lines) for title, lines in parts if lines]


def again_lines(again: Again) -> list[str]:
    """Answers what reading deliveries again would bring, a line for each source, and what there is to say of them."""
    if again.problem is not None:
        return [f"cannot be told: {again.problem}"]
    return [_reread(one) for one in again.sources] + [as_text(one) for one in again.findings]


def _reread(one: Reread) -> str:
    new = f", with {counted(one.new, 'new one', 'new ones')} that would be taken in" if one.new else ""
    told = f"{one.source}: {counted(one.deliveries, 'delivery', 'deliveries')} read again{new} ({one.rows:,} rows); "
    held = _both(f"{one.before.rows:,}{_worth(one.before)}", f"{one.after.rows:,}{_worth(one.after)}")
    refused = f"; refused deliveries {_both(str(one.before.refused), str(one.after.refused))}"
    return f"{told}rows held {held}{refused if one.before.refused or one.after.refused else ''}"


def _worth(held: Holding) -> str:
    told = ", ".join(f"{currency} {amount:,.2f}".strip() for currency, amount in held.value)
    return f" ({told})" if told else ""


def _both(old: str, new: str) -> str:
    return old if old == new else f"{old} → {new}"


def number_lines(numbers: Sequence[Moved]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Answers the numbers that move as a table: by metric, the newest month first, the group before its parts."""

    def value(one: Standing | None, of: Decimal | None) -> str:
        return "–" if one is None or of is None else share_or_plain(of, one.unit)

    order = sorted(
        numbers, key=lambda one: (one.metric, [-int(part) for part in one.month.split("-")], _depth(one.scope), one.scope)
    )
    rows: list[tuple[str, ...]] = []
    for one in order:
        old, new = one.before, one.after
        rows.append((
            one.metric, one.scope, one.month,
            _value(old, new, value),
            _both(value(old, old.target if old else None), value(new, new.target if new else None)),
            _both(old.status if old else "nothing", new.status if new else "nothing"),
        ))  # fmt: skip
    return ("metric", "scope", "month", "value", "target", "status"), rows


def _value(old: Standing | None, new: Standing | None, told: Callable[[Standing | None, Decimal | None], str]) -> str:
    """Answers the value of both sides; where they look alike, in what else they differ."""
    text = _both(told(old, old.value if old else None), told(new, new.value if new else None))
    if old is None or new is None or "→" in text:
        return text
    if old.value != new.value:
        return f"{text} (in later digits)"
    return text if old.n == new.n else f"{text} (n {old.n:,} → {new.n:,})"


def _depth(scope: str) -> int:
    return ("group", "region", "market", "branch").index(scope.partition("/")[0])
