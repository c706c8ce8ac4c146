"""Which order an invoice line bills, and what the line takes over of it.

A line names its order as the ERP does (`order_key`), and maybe as the system does that it came from (`origin_key`). A key is that
of a document that tells of an order, else that of a root order; of a key in several root orders the first counts. The result is a
function of what stands, so that it does not matter whether the invoice came first, or the order, or whether either changed since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charter.intake.target import OF_ORDER, TARGETS, Target
from charter.intake.value_sql import identifier
from charter.warehouse.tables.column import RECORD_GRAIN

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

_TABLE = TARGETS["invoice_line"].table.name
_KEYS = ("order_key", "origin_key")
_CELL = ("selling_scope", "invoiced_on")
# What an order is worth does not keep what was billed out of turnover: it is summed there.
_FOR_ITS_AMOUNT = "('zero', 'credit_note', 'return')"
# A return has a way of its own; by which way that was bought which it takes back, it does not say.
_RETURN = "(coalesce(f.net_amount < 0, false) OR coalesce(f.ineligible_reason IN ('credit_note', 'return'), false))"
_OF_ORDER = {
    "commit_class": f"CASE WHEN NOT {_RETURN} THEN f.commit_class END",
    "touchpoint": f"CASE WHEN NOT {_RETURN} THEN f.touchpoint END",
    "eligible": f"f.eligible OR coalesce(f.ineligible_reason IN {_FOR_ITS_AMOUNT}, false)",
}


def name_orders(lake: Lake, keys: str) -> None:
    """Makes `named_order`: of each key of the query `keys` (one column, `key`) that an order goes by, what lines take over of it.

    Only the orders that the keys name are read.
    """
    records, orders = lake.table("order_record"), lake.table("fact_order")
    lake.execute(f"CREATE OR REPLACE TEMP TABLE named_key AS SELECT DISTINCT k.key FROM ({keys}) AS k WHERE k.key IS NOT NULL")
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE named_root AS SELECT r.document_key AS key, min(r.root_key) AS root_key FROM {records} AS r "
        "WHERE r.document_key IN (SELECT key FROM named_key) GROUP BY r.document_key"
    )
    lake.execute(
        f"INSERT INTO named_root SELECT f.root_key, f.root_key FROM {orders} AS f WHERE f.root_key IN "
        "(SELECT k.key FROM named_key AS k ANTI JOIN named_root AS n ON n.key = k.key)"
    )
    taken = ", ".join(f"{_OF_ORDER.get(name, f'f.{identifier(name)}')} AS {identifier(name)}" for name in OF_ORDER)
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE named_order AS SELECT n.key, {taken} FROM (SELECT * FROM {orders} AS o WHERE o.root_key IN "
        "(SELECT root_key FROM named_root)) AS f JOIN named_root AS n ON n.root_key = f.root_key"
    )
    for name in ("named_key", "named_root"):
        lake.execute(f"DROP TABLE {name}")


def named(rows: str, **keys: str) -> tuple[dict[str, str], str]:
    """Answers the SQL of each filled column, and `rows` (with their alias) joined with `named_order` for it.

    `order_key` and `origin_key` are the SQL of these; the second counts where the first names nothing that is known.
    """
    joins = " ".join(f"LEFT JOIN named_order AS by_{name} ON by_{name}.key = {keys[name]}" for name in _KEYS)
    values = {
        name: f"CASE WHEN by_order_key.key IS NOT NULL THEN by_order_key.{identifier(name)} ELSE by_origin_key.{identifier(name)} END"
        for name in OF_ORDER
    }
    return values, f"{rows} {joins}"


def is_billing(target: Target) -> bool:
    """Answers whether a target's rows bill orders."""
    return target.table.name == _TABLE


def bill(lake: Lake) -> None:
    """Fills the invoice lines again that orders of `touched_order` concern, and notes the cells of those that changed by it.

    Concerned are those that had such an order, and those that name one, or one of its documents. Called after the fold.
    """
    line = lake.table(_TABLE)
    if not _has(lake, "touched_order") or not _has(lake, line):
        return
    _find_concerned(lake, line)
    name_orders(lake, " UNION ALL ".join(f"SELECT {key} AS key FROM concerned" for key in _KEYS))
    values, rows = named("concerned AS c", order_key="c.order_key", origin_key="c.origin_key")
    filled = ", ".join(f"{sql} AS {identifier(f'new {name}')}" for name, sql in values.items())
    differs = " OR ".join(f"{identifier(f'new {name}')} IS DISTINCT FROM {identifier(name)}" for name in OF_ORDER)
    lake.execute(f"CREATE OR REPLACE TEMP TABLE billed AS SELECT * FROM (SELECT c.*, {filled} FROM {rows}) AS told WHERE {differs}")
    first, last = lake.rows("SELECT min(invoiced_on), max(invoiced_on) FROM billed")[0]
    if first is not None:
        lake.execute(f"INSERT INTO touched_cell SELECT DISTINCT '{_TABLE}', {', '.join(_CELL)} FROM billed")
        put = ", ".join(f"{identifier(name)} = b.{identifier(f'new {name}')}" for name in OF_ORDER)
        same = " AND ".join(f"l.{name} = b.{name}" for name in RECORD_GRAIN)
        # The days bound the files that are read.
        within = f"l.invoiced_on BETWEEN DATE '{first}' AND DATE '{last}'"
        lake.execute(f"UPDATE {line} AS l SET {put} FROM billed AS b WHERE {within} AND {same}")
    for name in ("concerned", "named_order", "billed"):
        lake.execute(f"DROP TABLE {name}")


def _has(lake: Lake, table: str) -> bool:
    return bool(lake.rows(f"SELECT 1 FROM {table} LIMIT 1"))


def _find_concerned(lake: Lake, line: str) -> None:
    """Each way on its own, for where ways are joined by OR every file is read whole."""
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE touched_key AS SELECT root_key AS key FROM touched_order WHERE root_key IS NOT NULL UNION "
        f"SELECT r.document_key FROM {lake.table('order_record')} AS r WHERE r.root_key IN (SELECT root_key FROM touched_order)"
    )
    columns = ", ".join(f"l.{identifier(name)}" for name in (*RECORD_GRAIN, *_KEYS, *_CELL, *OF_ORDER))
    ways = (
        "l.root_key IN (SELECT root_key FROM touched_order)",
        *(f"l.{key} IN (SELECT key FROM touched_key)" for key in _KEYS),
    )
    union = " UNION ".join(f"SELECT {columns} FROM {line} AS l WHERE {way}" for way in ways)
    lake.execute(f"CREATE OR REPLACE TEMP TABLE concerned AS {union}")
    lake.execute("DROP TABLE touched_key")
