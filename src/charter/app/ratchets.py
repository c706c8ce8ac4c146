"""What is let through although it breaks a rule: the marks of the ratchets by market, and what passed by waivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from charter.app.project import Project
from charter.app.quarantine import refuse_unknown, source_names
from charter.errors import CharterError
from charter.intake.ratchet import Arrival, Mark, Share, percent_text, scope_text
from charter.warehouse.codes import WHS010
from charter.warehouse.lake import Lake


@dataclass(frozen=True)
class MarketRatchet:
    """How a market stands in a rule that is a ratchet: its newest share, its best, and since when it is worse than that.

    Attributes:
        failed: failing rows of the newest share that counted, of `rows`; None: no share has counted yet.
        waiting_rows: rows that came since, too few for a share.
        worse_since: the delivery with which it got worse; None: it is as good as ever.
    """

    source: str
    entity: str
    rule: str
    scope: str | None
    failed: int | None
    rows: int | None
    delivery: str | None
    received_at: datetime | None
    waiting_rows: int
    worse_since: str | None
    worse_at: datetime | None
    best_failed: int | None = None
    best_rows: int | None = None
    best_delivery: str | None = None
    best_at: datetime | None = None

    def cells(self) -> tuple[str, ...]:
        """Answers the line for people: where, rule, market, share now, best, and since when it is worse."""
        now = "" if self.rows is None else percent_text(self.failed or 0, self.rows)
        best = "" if self.best_rows is None else percent_text(self.best_failed or 0, self.best_rows)
        state = f"worse since {self.worse_since}, {_day(self.worse_at)}" if self.worse_since else "holds"
        if self.rows is None:
            state = f"no mark yet: {self.waiting_rows:,} rows came, too few for a share"
        since = f"{self.best_delivery}, {_day(self.best_at)}" if self.best_delivery else ""
        return (f"{self.source}/{self.entity}", self.rule, scope_text(self.scope), now, best, since, state)

    def as_dict(self) -> dict[str, Any]:
        """Answers the line as a plain mapping."""
        return asdict(self)


@dataclass(frozen=True)
class PassedRows:
    """How many rows of an entity broke a rule and passed by a waiver, over all its deliveries."""

    source: str
    entity: str
    rule: str
    waiver: str
    rows: int
    deliveries: int

    def in_words(self) -> str:
        """Answers it in one line."""
        many = "rows" if self.rows != 1 else "row"
        return f"{self.source}/{self.entity}: {self.rows:,} {many} that broke {self.rule} passed by {self.waiver}"

    def as_dict(self) -> dict[str, Any]:
        """Answers the line as a plain mapping."""
        return asdict(self)


def ratchets(project: Project, *, source: str | None = None) -> list[MarketRatchet]:
    """Answers how each market stands in each ratchet, those that got worse first, by when.

    `source` is a name, or a name and entity as `erp/orders`. Raises UsageError (APP018) for one that there is not.
    """
    with project.reading() as lake:
        rows = _unless_old(lake, lake.text("charter.intake", "ratchets"))
    found = [_market(row) for row in rows]
    named = {name for one in found for name in (one.source, f"{one.source}/{one.entity}")}
    refuse_unknown("source", source, named | source_names(project))
    return [one for one in found if source in (None, one.source, f"{one.source}/{one.entity}")]


def _market(row: Sequence[Any]) -> MarketRatchet:
    *told, best = row
    line = MarketRatchet(*told)
    if line.failed is None or line.rows is None or line.received_at is None or line.delivery is None:
        return line
    mark = None if best["r"] is None else Mark(best["f"], best["r"], best["d"], best["a"])
    share = Share(line.rule, line.scope, 0, 0, line.failed, line.rows, True, False, mark, Arrival(line.received_at, 0))
    after = share.after(line.delivery).mark
    assert after is not None
    return replace(line, best_failed=after.failed, best_rows=after.rows, best_delivery=after.delivery, best_at=after.at)


def passed(project: Project, *, source: str | None = None) -> list[PassedRows]:
    """Answers what passed by waivers, by entity, rule and waiver."""
    with project.reading() as lake:
        rows = _unless_old(
            lake,
            "SELECT b.source, b.entity, w.rule, w.waiver, CAST(sum(w.rows) AS BIGINT), count(*) "
            f"FROM {lake.table('waived_result')} AS w JOIN {lake.table('batch')} AS b ON b.batch_id = w.batch_id GROUP BY ALL ORDER BY ALL",
        )
    found = [PassedRows(*row) for row in rows]
    return [one for one in found if source in (None, one.source, f"{one.source}/{one.entity}")]


def why_held(project: Project, batch: str, row: int) -> dict[str, str]:
    """Answers, for the rules of a held row that are ratchets, which share of which market got worse against which best."""
    with project.reading() as lake:
        rows = _unless_old(
            lake,
            "SELECT s.rule, s.scope, s.counted_failed, s.counted_rows, s.best_failed, s.best_rows, s.best_delivery, s.best_at "
            f"FROM {lake.table('ratchet_share')} AS s JOIN {lake.table('quarantine_row')} AS q ON q.batch_id = s.batch_id "
            f"LEFT JOIN {lake.table('dim_scope')} AS d ON d.scope = q.scope "
            "AND coalesce(d.valid_from, DATE '0001-01-01') <= coalesce(q.data_on, DATE '9999-12-30') "
            "AND coalesce(d.valid_to, DATE '9999-12-31') > coalesce(q.data_on, DATE '9999-12-30') "
            "WHERE s.batch_id = $batch AND q.row_number = $row AND s.worse AND contains('; ' || q.rules || '; ', '; ' || s.rule || '; ') "
            # What no scope is kept of (rows of accounts) has one market in its batch, or several that got worse.
            "AND (q.scope IS NULL OR s.scope IS NOT DISTINCT FROM coalesce(d.market, d.scope)) ORDER BY s.rule, s.scope",
            {"batch": batch, "row": row},
        )
    told: dict[str, str] = {}
    for rule, scope, failed, count, best_failed, best_rows, delivery, at in rows:
        best = f"its best is {percent_text(best_failed, best_rows)} since {delivery}, {_day(at)}"
        line = f"{scope_text(scope)} got worse: {percent_text(failed, count)}, {best}"
        told[rule] = f"{told[rule]}; {line}" if rule in told else line
    return told


def _day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""


def _unless_old(lake: Lake, query: str, named: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Answers the rows of a query; none on a lake whose newest run knew no such tables yet."""
    try:
        return lake.rows(query, named)
    except CharterError as error:
        if error.code == WHS010.code:
            return []
        raise
