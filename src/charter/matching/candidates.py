"""Which records are compared at all: those that share a value, as long as it is not everybody's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.matching.scheme import Scheme
from charter.matching.scoring import TABLE

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

PAIRS_PER_RECORD = 8
"""Pairs that one block may bring, for each record: what bounds time and memory."""
EXACT_LARGEST = 20


@dataclass(frozen=True)
class Common:
    """A value too common to compare by: in which block, how many such values, how many records have one, and the most common."""

    block: str
    values: int
    records: int
    example: str
    most: int

    def in_words(self) -> str:
        """Answers it in one line."""
        many = f"{self.values:,} values are" if self.values > 1 else "1 value is"
        # A phone number or an address of mail may be a person's.
        which = "one" if self.block in ("phone", "email") else f"`{self.example}`"
        return f"{self.block}: {many} too common to compare by; {which} is that of {self.most:,} records"


def lay_blocks(bench: Lake, scheme: Scheme, largest: int) -> list[Common]:
    """Adds to the records a column for each block (b<n>) and each block of training (t<n>); answers what was too common."""
    told = [*scheme.blocks.values(), *(" || ' ' || ".join(columns) for columns in scheme.training)]
    names = [*(f"b{at}" for at in range(len(scheme.blocks))), *(f"t{at}" for at in range(len(scheme.training)))]
    common = []
    columns, joins = [], []
    for name, (block, sql) in zip(
        names, [*scheme.blocks.items(), *((None, one) for one in told[len(scheme.blocks) :])], strict=True
    ):
        bench.execute(
            f"CREATE OR REPLACE TABLE size_{name} AS SELECT {sql} AS value, count(*) AS n FROM {TABLE} GROUP BY 1 HAVING count(*) > 1 AND {sql} IS NOT NULL"
        )
        limit = _limit(bench, name, largest)
        if block is not None and (found := _too_common(bench, block, name, limit)):
            common.append(found)
        columns.append(f"{name}.value AS {name}")
        joins.append(f"LEFT JOIN size_{name} AS {name} ON {name}.value = {_of('r', sql, scheme)} AND {name}.n <= {limit}")
    bench.execute(f"CREATE TABLE blocked AS SELECT r.*, {', '.join(columns)} FROM {TABLE} AS r {' '.join(joins)} ORDER BY r.id")
    bench.execute(f"DROP TABLE {TABLE}")
    bench.execute(f"ALTER TABLE blocked RENAME TO {TABLE}")
    for name in names:
        bench.execute(f"DROP TABLE size_{name}")
    return common


def _of(alias: str, sql: str, scheme: Scheme) -> str:
    return re.sub(r"\b(" + "|".join(scheme.columns) + r")\b", lambda found: f"{alias}.{found[1]}", sql)


def _limit(bench: Lake, name: str, largest: int) -> int:
    """The largest group that still fits into the pairs that a block may bring."""
    records = int((bench.one(f"SELECT count(*) FROM {TABLE}") or (0,))[0])
    room = max(records * PAIRS_PER_RECORD, 100_000)
    pairs = 0
    last = 1
    for size, groups in bench.rows(f"SELECT n, count(*) FROM size_{name} WHERE n <= {largest} GROUP BY n ORDER BY n"):
        pairs += int(groups) * int(size) * (int(size) - 1) // 2
        if pairs > room:
            return last
        last = int(size)
    return largest


def _too_common(bench: Lake, block: str, name: str, limit: int) -> Common | None:
    row = bench.one(f"SELECT count(*), sum(n), arg_max(value, (n, value)), max(n) FROM size_{name} WHERE n > {limit}")
    return Common(block, int(row[0]), int(row[1]), str(row[2]), int(row[3])) if row and row[0] else None


def exact_pairs(bench: Lake, scheme: Scheme, into: str) -> list[Common]:
    """Makes a table of the pairs that an exact key brings: id_l, id_r, `key` (the first that does). Answers what was too common.

    Pairs that the scheme calls at odds are none.
    """
    common = []
    bench.execute(f"CREATE OR REPLACE TABLE {into} (id_l BIGINT, id_r BIGINT, key VARCHAR)")
    for key in scheme.keys:
        there = " AND ".join(f"{column} IS NOT NULL" for column in key)
        told, columns = ", ".join(key), ", ".join(key)
        bench.execute(
            f"CREATE OR REPLACE TABLE grouped AS SELECT {columns}, list(id ORDER BY id) AS ids FROM {TABLE} WHERE {there} GROUP BY ALL HAVING count(*) > 1"
        )
        row = bench.one(
            f"SELECT count(*), sum(len(ids)), max(len(ids)), arg_max(concat_ws(' ', {columns}), (len(ids), concat_ws(' ', {columns}))) FROM grouped WHERE len(ids) > {EXACT_LARGEST}"
        )
        if row and row[0]:
            common.append(Common(f"exact key {told}", int(row[0]), int(row[1]), str(row[3]), int(row[2])))
        bench.execute(
            f"INSERT INTO {into} SELECT a.id, b.id, '{told}' FROM (SELECT unnest(ids) AS one, ids FROM grouped WHERE len(ids) <= {EXACT_LARGEST}) AS g, "
            f"unnest(g.ids) AS u(two), {sided('l', scheme)} AS a, {sided('r', scheme)} AS b WHERE g.one < u.two AND a.id = g.one AND b.id = u.two "
            f"AND NOT coalesce({scheme.at_odds}, false) AND NOT EXISTS (SELECT 1 FROM {into} AS known WHERE known.id_l = g.one AND known.id_r = u.two)"
        )
    bench.execute("DROP TABLE IF EXISTS grouped")
    return common


def sided(side: str, scheme: Scheme) -> str:
    """Answers the records as one side of a pair: each column with `_l` or `_r` behind its name."""
    columns = ", ".join(f"{column} AS {column}_{side}" for column in ("key", *scheme.columns))
    return f"(SELECT id, {columns} FROM {TABLE})"
