"""Which rows that broke a conditional rule are held: those of a market that got worse, and those that no waiver lets pass.

Works on the mapped rows of an entity (see mapping), outside of any transaction: one aggregate over all of them for the
shares of the ratchets, then only the rows that broke such a rule (`_open`) are looked at. What is held joins `_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from charter.errors import Finding, Origin
from charter.intake.codes import INT060, INT067
from charter.intake.mapped import Group
from charter.intake.marks import Marks
from charter.intake.plan import EntityPlan
from charter.intake.ratchet import Arrival, Share, judged, percent_text, scope_text
from charter.intake.stage import Judged
from charter.intake.value_sql import literal
from charter.intake.waiver import Passed

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_Late = tuple[str, str, int, date, date, date]


def let_through(
    lake: Lake, plan: EntityPlan, groups: Sequence[Group], came: Mapping[str, Arrival], marks: Marks, zone: str
) -> tuple[Group, ...]:
    """Answers the groups with what was decided of their deliveries; `came` gives by name when each of them came.

    `zone` is that in which an arrival has its day. What conditional rules hold is written into the groups' tables.
    """
    if not plan.open_rules():
        return tuple(groups)
    return tuple(_decided(lake, plan, group, came, marks, ZoneInfo(zone)) for group in groups)


def _decided(lake: Lake, plan: EntityPlan, group: Group, came: Mapping[str, Arrival], marks: Marks, zone: ZoneInfo) -> Group:
    arrivals = [came[one.delivery.name] for one in group.deliveries]
    _place(lake, plan, group)
    shares = _shares(lake, plan, group, arrivals, marks)
    _load_waivers(lake, plan, [_day(one.at, zone) for one in arrivals])
    _decide(lake, plan, group, shares)
    held, passed, late = _held(lake, plan), _passed(lake, group), _late(lake)
    done = []
    for at, one in enumerate(group.deliveries):
        told = tuple(replace(share, held=held.get((at, share.rule, share.scope), 0)) for share in shares.get(at, ()))
        findings = (*one.findings, *_worse_findings(one, told), *_late_findings(one, late.get(at, ())))
        done.append(replace(one, shares=told, waived=tuple(passed.get(at, ())), findings=findings))
    for name in ("cell", "placed", "decided", "waiving", "tripped"):
        lake.execute(f"DROP TABLE {name}")
    return replace(group, deliveries=tuple(done))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _place(lake: Lake, plan: EntityPlan, group: Group) -> None:
    """Makes `cell`, what there is of each scope and day, and `placed`, the market that they count for; null: none.

    Where only waivers ask, the rows that broke no such rule are not looked at.
    """
    broke = "".join(
        f", count(*) FILTER (WHERE contains('; ' || m._open || '; ', {literal(f'; {rule}; ')})) AS f{at}"
        for at, rule in enumerate(plan.ratchets())
    )
    asked = "" if plan.ratchets() else "WHERE m._open IS NOT NULL "
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE cell AS SELECT m._delivery, {plan.scope_of_row('m')} AS scope, m._day AS day, "
        f"count(*) AS rows{broke} FROM {group.table} AS m {asked}GROUP BY 1, 2, 3"
    )
    day = "coalesce(c.day, DATE '9999-12-30')"
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE placed AS SELECT c.scope, c.day, s.scope AS known, s.region, s.market, "
        "coalesce(s.market, s.scope) AS bucket FROM (SELECT DISTINCT scope, day FROM cell) AS c LEFT JOIN scope_slice AS s "
        f"ON s.scope = c.scope AND s.valid_from <= {day} AND s.valid_to > {day}"
    )


def _same_place(rows: str) -> str:
    return f"p.scope IS NOT DISTINCT FROM {rows}.scope AND p.day IS NOT DISTINCT FROM {rows}.day"


def _shares(lake: Lake, plan: EntityPlan, group: Group, arrivals: Sequence[Arrival], marks: Marks) -> dict[int, list[Share]]:
    """Answers the shares of each delivery, judged in their order; `marks` is brought on by them."""
    ratchets = plan.ratchets()
    if not ratchets:
        return {}
    found: dict[int, list[Share]] = {}
    for delivery, scope, rows, *failed in _counted(lake, len(ratchets)):
        came, name = arrivals[delivery], group.deliveries[delivery].delivery.name
        for rule, count in zip(ratchets.values(), failed, strict=True):
            assert rule.ratchet is not None
            before = marks.before(rule.id, scope, came)
            share = judged(rule.id, rule.ratchet, scope, int(count), int(rows), came, before)
            marks.note(share, name)
            found.setdefault(delivery, []).append(share)
    return found


def _counted(lake: Lake, rules: int) -> list[tuple[Any, ...]]:
    """Answers, by delivery and market, its rows and how many of them broke each rule; deliveries in their order."""
    failed = "".join(f", CAST(sum(c.f{at}) AS BIGINT)" for at in range(rules))
    return lake.rows(
        f"SELECT c._delivery, p.bucket, CAST(sum(c.rows) AS BIGINT){failed} FROM cell AS c JOIN placed AS p ON {_same_place('c')} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _load_waivers(lake: Lake, plan: EntityPlan, days: Sequence[date]) -> None:
    rows = [
        (at, one.rule, one.name, one.scope, one.holds_on(day), one.begin, one.expires, day)
        for at, day in enumerate(days)
        for one in plan.waivers
    ]
    columns = {
        "_delivery": "INTEGER", "rule": "VARCHAR", "waiver": "VARCHAR", "scope": "VARCHAR", "holds": "BOOLEAN",
        "begins": "DATE", "expires": "DATE", "came": "DATE",
    }  # fmt: skip
    lake.load("waiving", columns, rows)


def _decide(lake: Lake, plan: EntityPlan, group: Group, shares: Mapping[int, Sequence[Share]]) -> None:
    """Makes `decided`, a row for each row and conditional rule that holds it, or would but for a waiver; and holds them."""
    worse = [(at, one.rule, one.scope) for at, many in shares.items() for one in many if one.worse]
    lake.load("tripped", {"_delivery": "INTEGER", "rule": "VARCHAR", "bucket": "VARCHAR"}, worse)
    ratchets = ", ".join(literal(rule) for rule in plan.ratchets()) or "''"
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE decided AS SELECT o.place, o.rule, o._delivery, p.bucket, min(w.waiver) FILTER (WHERE w.holds) AS waiver, "
        "min(w.waiver) FILTER (WHERE NOT w.holds) AS other FROM ("
        f"SELECT m.rowid AS place, m._delivery, {plan.scope_of_row('m')} AS scope, m._day AS day, unnest(string_split(m._open, '; ')) AS rule "
        f"FROM {group.table} AS m WHERE m._open IS NOT NULL) AS o JOIN placed AS p ON {_same_place('o')} "
        "LEFT JOIN tripped AS t ON t._delivery = o._delivery AND t.rule = o.rule AND t.bucket IS NOT DISTINCT FROM p.bucket "
        "LEFT JOIN waiving AS w ON w._delivery = o._delivery AND w.rule = o.rule AND w.scope IN ('group', p.known, p.region, p.market) "
        f"WHERE t.rule IS NOT NULL OR o.rule NOT IN ({ratchets}) GROUP BY 1, 2, 3, 4"
    )
    lake.execute(
        f"UPDATE {group.table} AS m SET _rules = concat_ws('; ', m._rules, h.rules) FROM ("
        "SELECT place, string_agg(rule, '; ' ORDER BY rule) AS rules FROM decided WHERE waiver IS NULL GROUP BY place) AS h WHERE m.rowid = h.place"
    )


def _held(lake: Lake, plan: EntityPlan) -> dict[tuple[int, str, str | None], int]:
    if not plan.ratchets():
        return {}
    rows = lake.rows("SELECT _delivery, rule, bucket, count(*) FROM decided WHERE waiver IS NULL GROUP BY ALL")
    return {(delivery, rule, bucket): int(count) for delivery, rule, bucket, count in rows}


def _passed(lake: Lake, group: Group) -> dict[int, list[Passed]]:
    """Answers by delivery how many rows passed by which waiver of which rule; a row that passes by two counts in both."""
    found: dict[int, list[Passed]] = {}
    for delivery, rule, waiver, count in lake.rows(
        f"SELECT d._delivery, d.rule, d.waiver, count(*) FROM decided AS d JOIN {group.table} AS m ON m.rowid = d.place "
        "WHERE d.waiver IS NOT NULL AND m._rules IS NULL AND m._reason IS NULL GROUP BY ALL ORDER BY ALL"
    ):
        found.setdefault(int(delivery), []).append(Passed(rule, waiver, int(count)))
    return found


def _late(lake: Lake) -> dict[int, list[_Late]]:
    """Answers by delivery the held rows for which there is a waiver that does not hold on the day on which they came."""
    found: dict[int, list[_Late]] = {}
    for delivery, rule, waiver, rows, begins, expires, came in lake.rows(
        "SELECT d._delivery, d.rule, d.other, count(*), any_value(w.begins), any_value(w.expires), any_value(w.came) FROM decided AS d "
        "JOIN waiving AS w ON w._delivery = d._delivery AND w.waiver = d.other WHERE d.waiver IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ):
        found.setdefault(int(delivery), []).append((rule, waiver, rows, begins, expires, came))
    return found


def _worse_findings(one: Judged, shares: Sequence[Share]) -> Iterator[Finding]:
    for share in shares:
        if share.held and share.mark is not None:
            yield INT060.finding(
                Origin(one.delivery.name), delivery=one.delivery.name, scope=scope_text(share.scope), rule=share.rule,
                share=percent_text(share.counted_failed, share.counted_rows), best=percent_text(share.mark.failed, share.mark.rows),
                since=share.mark.delivery, held=share.held,
            )  # fmt: skip


def _late_findings(one: Judged, late: Sequence[_Late]) -> Iterator[Finding]:
    for rule, waiver, rows, begins, expires, came in late:
        yield INT067.finding(
            Origin(one.delivery.name), delivery=one.delivery.name, rule=rule, waiver=waiver, rows=rows, begins=begins,
            expires=expires, came=came,
        )  # fmt: skip
