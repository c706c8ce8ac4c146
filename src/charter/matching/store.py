"""Reads and writes what matching keeps: pairs, what a search stood on, decisions, and the crosswalk that follows from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from charter.matching.rules import Decision, Identities, Pair, Step
from charter.state.match_log import MatchLine, MatchLog

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

PACKAGE = "charter.matching"
KEY = {"account": "account_key", "item": "item_key"}
CROSSWALK = {"account": "account_identity", "item": "item_identity"}
_PAIR = ("kind", "left_key", "right_key", "exact_key", "probability", "weight", "sure", "steps", "first_found_at")


@dataclass(frozen=True)
class Found:
    """The newest search: when, on what, how many records and decisions, from which probability a pair holds, and its pairs."""

    kind: str
    at: datetime
    basis: str
    decisions: int
    records: int
    accept: Decimal
    model: Mapping[str, Any]
    common: tuple[str, ...]


def read_found(lake: Lake, kind: str) -> Found | None:
    """Answers what the newest search stood on; None: there was none."""
    rows = lake.dicts(
        "SELECT found_at, basis, decisions, records, accept, model, common FROM " + lake.table("match_run") + " WHERE kind = ?",
        [kind],
    )
    for row in rows:
        return Found(
            kind, row["found_at"], row["basis"], int(row["decisions"]), int(row["records"]), row["accept"], json.loads(row["model"]),
            tuple(json.loads(row["common"])),
        )  # fmt: skip
    return None


def read_pairs(lake: Lake, kind: str) -> dict[tuple[str, str], tuple[Pair, datetime]]:
    """Answers the pairs of the newest search, by their keys, each with when it was found first."""
    rows = lake.rows(
        "SELECT left_key, right_key, exact_key, probability, weight, sure, steps, first_found_at FROM "
        f"{lake.table('match_pair')} WHERE kind = ? ORDER BY left_key, right_key",
        [kind],
    )
    return {
        (left, right): (Pair(left, right, key, probability, weight, bool(sure), _steps(steps)), at)
        for left, right, key, probability, weight, sure, steps, at in rows
    }


def _steps(text: str | None) -> tuple[Step, ...]:
    return tuple(Step(one["field"], one["told"], Decimal(one["weight"])) for one in json.loads(text or "[]"))


def write_found(lake: Lake, found: Found, pairs: Sequence[Pair], at: Mapping[tuple[str, str], datetime], who: Identities) -> None:
    """Replaces pairs, what they stood on and the crosswalk; within the caller's transaction."""
    lake.execute(f"DELETE FROM {lake.table('match_pair')} WHERE kind = ?", [found.kind])
    lake.insert(
        "match_pair",
        _PAIR,
        [
            (
                found.kind, pair.left, pair.right, pair.exact_key, pair.probability, pair.weight, pair.sure,
                json.dumps([{"field": one.field, "told": one.told, "weight": str(one.weight)} for one in pair.steps]),
                at.get(pair.two, found.at),
            )
            for pair in pairs
        ],
    )  # fmt: skip
    _write_run(lake, found, len(pairs))
    _write_crosswalk(lake, found.kind, who)


def write_crosswalk(lake: Lake, found: Found, pairs: int, who: Identities) -> None:
    """Replaces the crosswalk, and how many decisions it follows from; within the caller's transaction."""
    _write_run(lake, found, pairs)
    _write_crosswalk(lake, found.kind, who)


def _write_run(lake: Lake, found: Found, pairs: int) -> None:
    lake.execute(f"DELETE FROM {lake.table('match_run')} WHERE kind = ?", [found.kind])
    lake.insert(
        "match_run",
        ("kind", "found_at", "basis", "decisions", "records", "pairs", "accept", "model", "common"),
        [
            (
                found.kind, found.at, found.basis, found.decisions, found.records, pairs, found.accept,
                json.dumps(found.model, sort_keys=True), json.dumps(found.common, ensure_ascii=False),
            )
        ],
    )  # fmt: skip


def _write_crosswalk(lake: Lake, kind: str, who: Identities) -> None:
    lake.execute(f"DELETE FROM {lake.table(CROSSWALK[kind])}")
    lake.insert(
        CROSSWALK[kind],
        (KEY[kind], "identity", "how", "told", "with_key", "probability"),
        [(key, one.identity, one.how, one.told, one.with_key, one.probability) for key, one in who.links.items()],
    )


def read_crosswalk(lake: Lake, kind: str) -> dict[str, str]:
    """Answers the crosswalk as it is written: key -> identity."""
    return dict(lake.rows(f"SELECT {KEY[kind]}, identity FROM {lake.table(CROSSWALK[kind])} ORDER BY 1"))


def decisions(log: MatchLog, kind: str) -> tuple[Decision, ...]:
    """Answers every decision of a kind."""
    return tuple(map(_decision, log.lines(kind)))


def write_decision(log: MatchLog, kind: str, decide: Callable[[Iterable[Decision]], Decision]) -> Decision:
    """Writes the decision that `decide` makes of those so far; what it raises is raised, and nothing is written."""

    def line(lines: Sequence[MatchLine]) -> MatchLine:
        one = decide([_decision(known) for known in lines])
        return MatchLine(kind, len(lines) + 1, one.left, one.right, one.what, one.by, one.at, one.reason)

    return _decision(log.append(kind, line))


def _decision(line: MatchLine) -> Decision:
    return Decision(line.seq, line.left, line.right, line.what, line.by, line.at, line.reason)


def records_query(lake: Lake, kind: str) -> str:
    """Answers the query of the records of a kind, one a key: their newest texts over all sources."""
    return lake.text(PACKAGE, kind)


def records(lake: Lake, kind: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Answers the records of these keys, by key."""
    lake.load("wanted_record", {"key": "VARCHAR"}, [(key,) for key in sorted(set(keys))])
    query = f"SELECT r.* FROM ({records_query(lake, kind)}) AS r JOIN temp.wanted_record AS w ON w.key = r.key ORDER BY r.key"
    return {row["key"]: row for row in lake.dicts(query)}


def turnover(lake: Lake, kind: str, keys: Sequence[str]) -> list[tuple[str, str | None, date, int, Decimal]]:
    """Answers what was ordered with these keys in the last 12 months: key, currency, day, orders (of items: lines), net amount."""
    lake.load("wanted_record", {"key": "VARCHAR"}, [(key,) for key in sorted(set(keys))])
    # Read as it is now, also where the lake remembers: the temporary table is another one each time.
    return list(lake.stream(lake.text(PACKAGE, "turnover" if kind == "account" else "item_turnover")))


def nearest_key(lake: Lake, kind: str, key: str) -> str | None:
    """Answers the known key that is most like this one; None where none is."""
    table = lake.table("dim_account" if kind == "account" else "dim_item")
    query = (
        f"SELECT k.{KEY[kind]} FROM (SELECT DISTINCT {KEY[kind]} FROM {table}) AS k "
        f"WHERE jaro_winkler_similarity(k.{KEY[kind]}, $key) >= 0.8 "
        f"ORDER BY jaro_winkler_similarity(k.{KEY[kind]}, $key) DESC, 1 LIMIT 1"
    )
    row = lake.one(query, {"key": key})
    return str(row[0]) if row else None
