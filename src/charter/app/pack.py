"""The review of a period: all that a scope's meeting looks at, as a workbook and as Markdown with the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from charter.app.change import Cause, ChangeReport, cause_in_words, changed
from charter.app.feeds import Asking
from charter.app.pack_section import Cell, Section, as_markdown, as_page, text
from charter.app.placing import beside, make_folder, refuse_place
from charter.app.project import Advance, Project, bound, now, silent, today
from charter.app.scorecard import Scorecard, scorecard_on
from charter.app.spreadsheet import Shown, write_xlsx
from charter.app.tasks import tasks
from charter.app.wording import difference, held_in_words, reason_in_words, same_money, share_or_plain, told
from charter.errors import CharterError
from charter.model.model import Model
from charter.performance.closing.adjustment import Adjustment
from charter.performance.closing.store import find_closed
from charter.performance.number import Number
from charter.performance.number import number as read_number
from charter.performance.rules import Held
from charter.performance.scorecard import CardRow
from charter.values.period import Period
from charter.warehouse.lake import Lake

TASKS = 50
"""Tasks that a review lists: those due first."""
_PARTS = 3
_CHILD_LEVELS = {"group": ("market", "branch"), "region": ("market", "branch"), "market": ("branch",), "branch": ()}


@dataclass(frozen=True)
class Packed:
    """The files of a review, how many numbers it has, and how many of them are closed."""

    files: tuple[str, ...]
    numbers: int
    closed: int

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {"files": list(self.files), "numbers": self.numbers, "closed": self.closed}


@dataclass(frozen=True)
class _Review:
    card: Scorecard
    changes: tuple[ChangeReport, ...]
    children: tuple[tuple[str, str], ...]
    matrix: dict[tuple[str, str], Number]
    due: Section


def pack(
    project: Project, scope: str, period: str | None, folder: Path, *, force: bool = False, advance: Advance = silent
) -> Packed:
    """Writes the review of a scope and period into a folder, as `review-2026-10-market-se.md` and `.xlsx`; answers both.

    Closed numbers stand as they were closed, with what they are today. Each file is there when it is whole, or not at all.

    Raises RefusedError where one of them is there already and `force` does not say to replace it.
    """
    project = bound(project)
    model = project.model(today(project))
    make_folder(folder)
    due = _due(project, scope)
    with project.reading() as lake:  # once: a run meanwhile must not part the scorecard from its causes
        card = scorecard_on(project, lake, model, scope, period)
        name = f"review-{card.period.replace('/', '_')}-{scope.replace('/', '-')}"
        places = [folder / f"{name}{ending}" for ending in (".md", ".xlsx")]
        for place in places:
            refuse_place(place, force)
        review = _review(project, lake, model, card, due, advance)
    sections = list(_sections(review))
    with beside(places[0]) as part:
        part.write_text(as_markdown(f"{card.title}: review of {card.period}", _preface(review), sections), encoding="utf-8")
    with beside(places[1]) as part:
        about = Section("about", ("what", "value"), [(text("review"), text(f"{card.title}: {card.period}")), *_cover(review)], "")
        write_xlsx(part, [as_page(section) for section in (about, *sections)])
    closed = sum(1 for row in card.raw if row.closing)
    return Packed(tuple(str(place) for place in places), len(card.raw), closed)


def _review(project: Project, lake: Lake, model: Model, card: Scorecard, due: Section, advance: Advance) -> _Review:
    span = Period.parse(card.period)
    children = tuple(_children(model, card.scope))
    told_rows = [row for row in card.raw if row.number is not None]
    found: list[ChangeReport] = []
    matrix: dict[tuple[str, str], Number] = {}
    asking = {scope: Asking(project, lake, model, scope, now(), None) for scope, _ in children}
    for done, row in enumerate(told_rows, 1):
        try:
            found.append(changed(project, lake, model, row.metric, card.scope, span.previous(), span, None, advance))
        except CharterError:  # a metric that is closed and not declared any more has no period before
            continue
        if row.number and row.number.target:
            matrix |= {(row.metric, scope): one for scope, one in _below(lake, model, asking, row.metric, span)}
        advance("review", done, len(told_rows), "metrics")
    return _Review(card, tuple(found), children, matrix, due)


def _children(model: Model, scope: str) -> Iterator[tuple[str, str]]:
    """The markets below, or else the branches, with their titles."""
    day = model.as_of
    if scope not in model.tree or not model.tree.is_open(scope, day):
        return
    below = model.tree.descendants(scope, day)
    for level in _CHILD_LEVELS[scope.partition("/")[0]]:
        if mine := [one for one in below if model.tree.level(one) == level]:
            yield from ((one, model.tree.title(one, day)) for one in sorted(mine))
            return


def _below(lake: Lake, model: Model, asking: dict[str, Asking], metric: str, span: Period) -> Iterator[tuple[str, Number]]:
    for scope, about in asking.items():
        closed = find_closed(lake, metric, scope, span)
        try:
            yield (
                scope,
                closed.number if closed else read_number(lake, model, metric, scope, span, asked=about.about(metric), beside=False),
            )
        except CharterError:  # what one scope cannot answer hides no other
            continue


def _preface(review: _Review) -> list[str]:
    card = review.card
    lines = [f"{card.scope}, {card.period}", *(card.states() or ["open: nothing of this period was closed"])]
    missed = [row.number.title for row in card.raw if row.number and row.number.status == "missed"]
    risky = [row.number.title for row in card.raw if row.number and row.number.status == "at risk"]
    lines += [f"missed: {', '.join(missed)}"] * bool(missed) + [f"at risk: {', '.join(risky)}"] * bool(risky)
    return lines


def _cover(review: _Review) -> Iterator[Sequence[Cell]]:
    """What stands above all in the text, for whoever has the workbook alone."""
    card = review.card
    yield text("scope"), text(card.scope)
    yield text("period"), text(card.period)
    currencies = sorted({row.number.figure.currency for row in card.raw if row.number and row.number.figure.currency})
    yield text("currency"), text(", ".join(currencies))
    yield from ((text(""), text(line)) for line in _preface(review)[1:])


def _sections(review: _Review) -> Iterator[Section]:
    card = review.card
    yield _scorecard(review)
    yield _causes(review)
    yield _parts(review)
    yield _alike(review)
    if review.matrix:
        yield _matrix(review)
    yield Section("objectives", ("objective", "reached", "interval (95 %)", "target", "status", "budget"),
                  [tuple(map(text, row)) for row in card.objective_table()], "No objective is declared here.")  # fmt: skip
    yield _restated(review)
    yield review.due
    yield Section("not certified", ("reason", "numbers"), [(text(why), text(titles)) for why, titles in card.why_not_certified()],
                  "Every number is certified.")  # fmt: skip
    yield _held(card)
    yield _trend(card)
    yield _definitions(card)


_FORMS = {"share": "0.0%", "seconds": "[h]:mm:ss", "money": "#,##0.00", "count": "#,##0", "days": "0.00"}
_MOVED = {"share": "+0.00%;-0.00%;0.00%", "money": "+#,##0.00;-#,##0.00;0.00", "count": "+#,##0;-#,##0;0"}
_DAY = 86_400


def _shown(value: Decimal, unit: str, forms: Mapping[str, str]) -> Shown | Decimal:
    """A value as Excel shows it: a time as hours and minutes, which is a part of a day there."""
    if unit == "seconds":
        return Shown(value / _DAY, forms[unit])
    return Shown(value, forms[unit]) if unit in forms else value


def _amount(value: Decimal | None, unit: str, currency: str | None = None) -> Cell:
    if value is None:
        return None, "–"
    shown = share_or_plain(value, unit)
    return _shown(value, unit, _FORMS), f"{currency} {shown}" if currency and unit == "money" else shown


def _moved(value: Decimal | None, unit: str, currency: str | None) -> Cell:
    if value is None:
        return None, "–"
    if unit == "seconds":  # a time below zero is none to Excel: seconds, so that those above and below add up
        return Shown(value, '+#,##0" s";-#,##0" s";0'), difference(value, unit, currency)
    return _shown(value, unit, _MOVED), difference(value, unit, currency)


def _scorecard(review: _Review) -> Section:
    heads = ("metric", "value", "unit", "before", "change", "target", "status", "n", "certified", "state", "accountable")
    by_metric = {one.after.number.metric: one for one in review.changes}
    rows = []
    for row in review.card.raw:
        one, moved = row.number, by_metric.get(row.metric)
        if one is None:
            rows.append((text(row.metric), *[text("")] * 9, text(row.problem.message if row.problem else "")))
            continue
        currency = one.figure.currency
        rows.append((
            text(one.title), _amount(one.value, one.unit, currency), text(currency or one.unit),
            _amount(moved.before.value, one.unit, moved.before.number.figure.currency) if moved else (None, "–"),
            _moved(moved.total if moved else None, one.unit, currency), _amount(one.target.value if one.target else None, one.unit),
            text(one.status), (one.n, f"{one.n:,}"), text("yes" if one.certified else "no"), text(_state(row)),
            text(one.owner.person if one.owner else "vacant"),
        ))  # fmt: skip
    return Section("scorecard", heads, rows, "No metric is declared here.")


def _state(row: CardRow) -> str:
    if row.closing:
        return f"closed {row.closing.closed_at.date()}"
    until = row.number.provisional_until if row.number else None
    return f"provisional until {until}" if until else "open"


def _causes(review: _Review) -> Section:
    before = review.changes[0].before.period if review.changes else ""
    rows = []
    for one in review.changes:
        by = one.compared.by if one.compared else None
        title, currency = one.after.number.title, one.currency
        if one.total:
            rows.append((text(title), text("change"), _moved(one.total, one.unit, currency), text("")))
            rows += [
                (text(""), text(cause_in_words(cause, by)), _moved(cause.value, one.unit, currency), text(_first(one, cause)))
                for cause in one.causes
                if cause.value
            ]
    title = f"what changed since {before} and why" if before else "what changed"
    return Section(title, ("metric", "cause", "effect", "most of it by"), rows, "Nothing changed.", sheet="what changed")


def _first(one: ChangeReport, cause: Cause) -> str:
    """The parts in which a cause did most."""
    if cause.period is not None:
        return ""
    mine = sorted((part for part in one.parts if part.effects.get(cause.kind)), key=lambda part: -abs(part.effects[cause.kind]))
    return ", ".join(f"{part.key or '(unknown)'} {one.moved(part.effects[cause.kind])}" for part in mine[:_PARTS])


def _parts(review: _Review) -> Section:
    rows = []
    for one in review.changes:
        for part in one.parts:
            rows.append((
                text(one.after.number.title), text(part.key or "(unknown)"), _amount(part.before, one.unit, one.currency),
                _amount(part.after, one.unit, one.currency), _moved(part.total, one.unit, one.currency),
            ))  # fmt: skip
    heads = ("metric", "part", "before", "now", "effect on the whole")
    return Section("what changed, by part", heads, rows, "Nothing can be split by parts.", sheet="by part", only_sheet=True)


def _alike(review: _Review) -> Section:
    """Today's numbers of both periods, and of the scopes that stood here throughout both: growth by new branches is none of theirs."""
    rows = []
    for one in review.changes:
        now = one.after.today
        for other in now.comparisons if now else ():
            currency = now.figure.currency if now else None
            amounts = (other.value, now.value if now else None, other.like_for_like, other.like_for_like_now)
            rows.append((
                text(one.after.number.title), text(f"{other.name} ({other.period})"),
                _amount(amounts[0], one.unit, other.currency), *(_amount(value, one.unit, currency) for value in amounts[1:]), (other.scopes, f"{other.scopes:,}"),
            ))  # fmt: skip
    heads = ("metric", "against", "then", "now", "like for like then", "like for like now", "scopes")
    return Section("like for like", heads, rows, "There is nothing to compare with.")


def _matrix(review: _Review) -> Section:
    metrics = list(dict.fromkeys(metric for metric, _ in review.matrix))
    titles = {row.metric: row.number.title for row in review.card.raw if row.number}
    rows = []
    for scope, title in review.children:
        cells = [_standing(review.matrix.get((metric, scope))) for metric in metrics]
        rows.append((text(title), *cells))
    return Section("where it stands below", ("scope", *(titles[one] for one in metrics)), rows, "", sheet="below")


_MARKS = {"met": "✓", "missed": "✗", "at risk": "~", "not enough data": "·", "unknown": "?"}


def _standing(one: Number | None) -> Cell:
    if one is None:
        return None, "–"
    return _amount(one.value, one.unit)[0], f"{_MARKS.get(one.status, '')} {told(one.figure, one.unit)}".strip()


def _restated(review: _Review) -> Section:
    card, rows = review.card, []
    adjusted = {one.after.number.metric: one.after.adjustment for one in review.changes}
    for row in card.raw:
        if row.closing and row.number and row.today and row.number.value != row.today.value:
            was, is_now = row.number, row.today
            known = was.value is not None and is_now.value is not None and same_money(was, is_now)
            gap = (is_now.value or Decimal(0)) - (was.value or Decimal(0)) if known else None
            rows.append((
                text(was.title), _amount(was.value, was.unit, was.figure.currency), _amount(is_now.value, was.unit, is_now.figure.currency),
                _moved(gap, was.unit, was.figure.currency), text(_reasons(adjusted.get(row.metric), was)),
            ))  # fmt: skip
    heads = ("metric", "as closed", "today", "adjustment", "by what")
    return Section("since the close", heads, rows, "No closed number is another one today.")


def _reasons(found: Adjustment | None, was: Number) -> str:
    effects = found.effects if found else ()
    return "; ".join(f"{reason_in_words(one.reason)} {difference(one.value, was.unit, was.figure.currency)}" for one in effects)


def _due(project: Project, scope: str) -> Section:
    try:
        found = tasks(project, at=scope)
    except CharterError as error:
        return Section("what is due", ("task",), [], f"Tasks cannot be told: {error.message}.")
    rows = [
        (
            text(one.short),
            text(one.task.kind),
            text(one.task.what),
            text(one.task.scope),
            text(one.owner or "vacant"),
            text("overdue" if one.clock.overdue else one.clock.due_at.date().isoformat() if one.clock.due_at else ""),
        )
        for one in found.rows[:TASKS]
    ]
    more = f"{len(found.rows) - TASKS:,} more: `charter tasks --at {scope}`" if len(found.rows) > TASKS else ""
    return Section(
        "what is due", ("task", "kind", "what", "scope", "owner", "until"), rows, "Nothing is due.", after=more, sheet="tasks"
    )


def _held(card: Scorecard) -> Section:
    found: dict[tuple[str, str, str | None], Held] = {}
    for row in card.raw:
        for one in row.number.passport.held if row.number else ():
            found.setdefault((one.source, one.entity, one.currency), one)
    rows = [
        (text(one.source), text(one.entity), (one.documents, f"{one.documents:,}"), (one.rows, f"{one.rows:,}"),
         _amount(one.net_amount, "money", one.currency), text(one.currency or ""), text(held_in_words(one)))
        for one in found.values()
    ]  # fmt: skip
    heads = ("source", "entity", "documents", "rows", "net amount", "currency", "in words")
    return Section("held in quarantine", heads, rows, "Nothing of the period is held.", sheet="held")


def _trend(card: Scorecard) -> Section:
    months = [month for month, _ in next((row.trend for row in card.raw if row.trend), ())]
    rows: list[Sequence[Cell]] = []
    for row in card.raw:
        if row.number and row.trend:
            unit, currency = row.number.unit, row.number.figure.currency
            marked = [_marked(_amount(value, unit), month in row.otherwise) for month, value in row.trend]
            other = f"counted otherwise: {', '.join(row.otherwise)}" if row.otherwise else ""
            rows.append((text(row.number.title), text(currency or unit), *marked, text(other)))
    return Section("twelve months", ("metric", "unit", *months, "note"), rows, "", sheet="trend")


def _marked(cell: Cell, otherwise: bool) -> Cell:
    return (cell[0], f"{cell[1]} (otherwise)") if otherwise else cell


def _definitions(card: Scorecard) -> Section:
    rows = []
    for row in card.raw:
        if one := row.number:
            paper = one.passport
            words = str(paper.declared.get("answers", "")), str(paper.declared.get("population", ""))
            rows.append((text(one.title), text(paper.version), *map(text, words), text(paper.attribution), text(paper.definition)))
    heads = ("metric", "version", "answers", "population", "attributed to", "definition")
    return Section("what the numbers mean", heads, rows, "", sheet="definitions")
