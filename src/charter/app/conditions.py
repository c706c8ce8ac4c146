"""What a look at the group finds that somebody must act on: in the documents, and in the lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from charter.app.feeds import feeds_of
from charter.app.number import period_for
from charter.app.routing import Router
from charter.app.wording import counted, share_or_plain, told
from charter.errors import CharterError
from charter.intake.held import still_held
from charter.intake.kinds import SourceSpec, Stream
from charter.model.model import Model
from charter.model.path import show_path
from charter.model.ref import parse_ref
from charter.organisation.checks import OWNED_KINDS
from charter.organisation.rules import Assignment, Matrix
from charter.performance.breach import Judged, judged
from charter.performance.codes import PRF019
from charter.performance.rules import Feeds, SilentStream
from charter.performance.scope import time_zone
from charter.tasks.rules import Condition
from charter.values.period import Period, containing
from charter.values.ratio import canonical
from charter.warehouse.lake import Lake

IN_DOCUMENTS = frozenset({"vacancy", "acceptance", "stale"})
IN_THE_LAKE = frozenset({"contract", "silence"})


@dataclass(frozen=True)
class Sight:
    """What a look found, and the kinds of which it would have found whatever there is: those it did not find are gone."""

    conditions: tuple[Condition, ...]
    looked_at: frozenset[str]


def look(model: Model, matrix: Matrix, router: Router, lake: Lake | None, months: int) -> Sight:
    """Answers every condition there is on the model's day; without a lake those of the documents.

    Breaches are not looked at while the lake was measured by another model: the next run measures, and looks.
    """
    found = [*_vacancies(model, matrix, router), *_unaccepted(model, matrix), *_stale(model, router)]
    if lake is None:
        return Sight(tuple(found), IN_DOCUMENTS)
    feeds = feeds_of(lake, model, model.as_of)
    sources = _Sources(model, router, lake)
    found += [*_held(lake, sources), *_refused(lake, sources), *_silent(feeds, sources)]
    found += _breaches(lake, model, router, feeds, months)
    return Sight(tuple(found), IN_DOCUMENTS | IN_THE_LAKE)


def _vacancies(model: Model, matrix: Matrix, router: Router) -> Iterator[Condition]:
    """Objects that nobody who is there answers for: at their home, and where a row of the matrix names somebody."""
    day, tree = model.as_of, model.tree
    rows = [one for one in matrix.assignments if one.role == "accountable" and one.holds_on(day)]
    asked = {(one.object, one.scope, one.facet) for one in rows if _is_there(model, one)}
    if matrix.assignments:
        facets: dict[str, set[str]] = {}
        for wanted, _, facet in asked:
            facets.setdefault(wanted, set()).add(facet)
        for ref in (ref for kind in OWNED_KINDS for ref in model.all_refs(kind)):
            asked |= {(str(ref), ref.home, facet) for facet in facets.get(str(ref), ("*",))}
    for wanted, scope, facet in sorted(asked):
        if not tree.is_open(scope, day):
            continue
        people = sorted({one.person for one in matrix.holding(wanted, tree.chain(scope, day), facet, day)})
        if len(people) == 1 and matrix.is_present(people[0], day):
            continue
        side = "" if facet == "*" else f", facet {facet}"
        person, via = router.to((wanted,), scope)
        why, evidence = _why_vacant(matrix, people, day)
        yield Condition("vacancy", (wanted, scope, facet), scope, f"{wanted}{side}: {why}", frozenset({evidence}), person, via)


def _why_vacant(matrix: Matrix, people: Sequence[str], day: date) -> tuple[str, str]:
    if not people:
        return "nobody is accountable", "nobody"
    if len(people) > 1:
        return f"two are accountable: {', '.join(people)}", " ".join(people)
    left = matrix.left_on(people[0], day)
    return f"{people[0]} is accountable, and left{f' on {left}' if left else ''}", f"left {people[0]}"


def _is_there(model: Model, row: Assignment) -> bool:
    ref = parse_ref(row.object)
    return ref is not None and bool(model.layers_of(ref)) and row.scope in model.tree


def _unaccepted(model: Model, matrix: Matrix) -> Iterator[Condition]:
    """What the documents give to a person who is there and has not accepted it: one task a person and scope."""
    day = model.as_of
    waiting: dict[tuple[str, str], list[Assignment]] = {}
    for row in matrix.assignments:
        if row.role == "accountable" and row.holds_on(day) and _is_there(model, row) and model.tree.is_open(row.scope, day):
            if matrix.is_present(row.person, day) and not matrix.is_accepted(row):
                waiting.setdefault((row.person, row.scope), []).append(row)
    for (person, scope), rows in sorted(waiting.items()):
        names = sorted({row.object for row in rows})
        evidence = frozenset(f"{row.object} {row.facet} {row.begin}" for row in rows)
        what = f"not accepted: {_first_of(names)}"
        yield Condition("acceptance", (person, scope), scope, what, evidence, person, f"named at {scope}")


def _first_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{names[0]}{more}"


def _stale(model: Model, router: Router) -> Iterator[Condition]:
    """Values whose day of review has passed (as MOD035 tells)."""
    for ref in model.all_refs():
        for layer, documents in sorted(model.layers_of(ref).items()):
            for document in documents:
                for write in document.writes(model.as_of):
                    if write.review_by is not None and write.review_by < model.as_of and model.tree.is_open(layer, model.as_of):
                        path = show_path(write.path)
                        person, via = router.to((str(ref),), layer)
                        what = f"{ref} {path} was to be looked at by {write.review_by}"
                        evidence = frozenset({write.review_by.isoformat()})
                        yield Condition("stale", (str(ref), path, layer), layer, what, evidence, person, via)


class _Sources:
    """The sources as the model has them, with who answers for them; and since when the lake knows them."""

    def __init__(self, model: Model, router: Router, lake: Lake) -> None:
        self._model, self._router = model, router
        self._specs: dict[str, SourceSpec] = {}
        for ref in model.all_refs("Source"):
            effective = model.effective(ref, ref.home)
            if effective is not None:
                self._specs[ref.full_name] = effective.spec
        rows = lake.rows(f"SELECT source, min(received_at) FROM {lake.table('batch')} GROUP BY source")
        self._known_since: Mapping[str, datetime] = dict(rows)

    def scope(self, source: str) -> str:
        """Answers the scope whose rows it delivers; the group where it is no longer declared, or that scope is closed."""
        scope = self._specs[source].scope if source in self._specs else "group"
        return scope if self._model.tree.is_open(scope, self._model.as_of) else "group"

    def way(self, source: str, entity: str | None = None) -> tuple[str, str | None, str]:
        """Answers the scope, who is accountable, and by what."""
        spec = self._specs.get(source)
        entities = [one for one in spec.entities if entity in (None, one.id)] if spec else []
        scope = self.scope(source)
        return (scope, *self._router.to(self._router.source_objects(source, entities), scope))

    def stream(self, source: str, stream: str) -> Stream | None:
        """Answers the document's word on a stream."""
        spec = self._specs.get(source)
        return next((one for one in spec.streams if one.id == stream), None) if spec else None

    def heard_on(self, source: str, day: date) -> datetime:
        """Answers the first instant of a day at the source's scope, but none before the lake knew the source."""
        midnight = _midnight(self._model, self.scope(source), day)
        return max(midnight, self._known_since.get(source, midnight))


def _midnight(model: Model, scope: str, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone(model, scope, model.as_of)))


def _held(lake: Lake, sources: _Sources) -> Iterator[Condition]:
    """Rows that contracts hold: one task for each entity of a source and rule."""
    rows = lake.rows(
        "SELECT h.source, h.entity, h.one_rule, h.batch_id, h.currency, count(*), sum(h.value_amount), min(b.received_at) "
        "FROM (SELECT batch_id, source, entity, value_amount, currency, unnest(string_split(rules, '; ')) AS one_rule "
        f"FROM {still_held(lake)} AS still) AS h JOIN {lake.table('batch')} AS b ON b.batch_id = h.batch_id GROUP BY ALL"
    )
    groups: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for source, entity, rule, *rest in rows:
        groups.setdefault((source, entity, rule), []).append(tuple(rest))
    for (source, entity, rule), many in sorted(groups.items()):
        scope, person, via = sources.way(source, entity)
        count = sum(int(one[2]) for one in many)
        worth: Counter[str] = Counter()
        for _, currency, _, amount, _ in many:
            if amount is not None:
                worth[currency or ""] += amount
        amounts = " and ".join(
            f"{code} {Decimal(amount):,.2f}" if code else f"{Decimal(amount):,.2f} in a currency that cannot be read"
            for code, amount in sorted(worth.items())
        )
        what = f"{source}/{entity}: {counted(count, 'row')} held by {rule}{f', worth {amounts}' if amounts else ''}"
        yield Condition(
            "contract", ("held", source, entity, rule), scope, what, frozenset(str(one[0]) for one in many), person, via,
            min(one[4] for one in many),
        )  # fmt: skip


def _refused(lake: Lake, sources: _Sources) -> Iterator[Condition]:
    """Deliveries that were refused as a whole and not replaced since: one task for each entity of a source."""
    batch = lake.table("batch")
    rows = lake.rows(
        f"SELECT b.source, b.entity, b.batch_id, b.delivery, COALESCE(b.reason, ''), b.received_at FROM {batch} AS b "
        f"WHERE b.state = 'refused' AND NOT EXISTS (SELECT 1 FROM {batch} AS t WHERE t.source = b.source AND t.entity = b.entity "
        "AND t.delivery = b.delivery AND t.state = 'taken' AND t.received_at >= b.received_at) ORDER BY b.delivery, b.batch_id"
    )
    groups: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for source, entity, *rest in rows:
        groups.setdefault((source, entity), []).append(tuple(rest))
    for (source, entity), many in sorted(groups.items()):
        scope, person, via = sources.way(source, entity)
        _, delivery, reason, _ = many[0]
        more = f", and {len(many) - 1:,} more" if len(many) > 1 else ""
        what = f"{source}/{entity}: {delivery} was refused: {reason}{more}"
        yield Condition(
            "contract", ("refused", source, entity), scope, what, frozenset(str(one[0]) for one in many), person, via,
            min(one[3] for one in many),
        )  # fmt: skip


def _silent(feeds: Feeds, sources: _Sources) -> Iterator[Condition]:
    """Streams that said nothing though their rhythm promised rows: one task a stream, with all its gaps."""
    groups: dict[tuple[str, str], list[SilentStream]] = {}
    for one in feeds.silent:
        groups.setdefault((one.source, one.stream), []).append(one)
    for (source, stream), gaps in sorted(groups.items()):
        scope, person, via = sources.way(source)
        said = sources.stream(source, stream)
        first = min(one.since for one in gaps)
        due = containing(first, said.rhythm).end + timedelta(days=said.grace) if said else first
        named = ", ".join(f"{one.since} to {one.until - timedelta(days=1)}" for one in sorted(gaps, key=lambda one: one.since))
        title = said.title if said and said.title else stream
        yield Condition(
            "silence", (source, stream), scope, f"{source}: {title} not received: {named}",
            frozenset(one.since.isoformat() for one in gaps), person, via, sources.heard_on(source, due),
        )  # fmt: skip


def _breaches(lake: Lake, model: Model, router: Router, feeds: Feeds, months: int) -> Iterator[Condition]:
    """Targets of the last whole months with data, missed or not: one task a metric, scope and month that missed."""
    spans = _last_months(lake, months)
    row = lake.one(f"SELECT max(received_at) FROM {lake.table('batch')}")
    newest: datetime | None = row[0] if row else None
    for one in _judged(lake, model, spans, feeds):
        metric, scope = one.metric, one.metric.scope
        person, via = router.to((f"Metric:{metric.name}",), scope)
        known = _midnight(model, scope, one.mature_on)
        yield Condition(
            "breach", (metric.name, scope, str(one.month)), scope, _missed(one),
            frozenset({f"{metric.definition.hash} {canonical(one.target.value)}"}), person, via,
            max(known, newest or known), one.status == "missed",
        )  # fmt: skip


def _judged(lake: Lake, model: Model, months: Sequence[Period], feeds: Feeds) -> list[Judged]:
    try:
        return list(judged(lake, model, months, feeds))
    except CharterError as error:
        if error.code != PRF019.code:
            raise
        return []  # measured by another tree: the next run measures, and looks


def _missed(one: Judged) -> str:
    unit = one.metric.definition.unit
    value, target = told(one.figure, unit), share_or_plain(one.target.value, unit)
    status = "missed" if one.status == "missed" else f"is now {one.status}:"
    return f"{one.metric.title}, {one.month}: {value} {status} {target} (n {one.figure.n:,})"


def _last_months(lake: Lake, count: int) -> Sequence[Period]:
    found: list[Period] = []
    try:
        found.append(period_for(lake, None))
    except CharterError:  # nothing was counted yet
        return found
    while len(found) < count:
        found.append(found[-1].previous())
    return found
