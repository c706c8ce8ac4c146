"""Root orders, folded from the records of all sources that tell of them.

The originating record is one that no copy is (`is_origin` not false), and of these the earliest. Its document gives the
header and the amount: line-grained exports sum over its rows, a copy in another system adds nothing. What only other
documents know (the ERP's times of a shop's order) comes from them. The result is a function of the set of records, so
that the order of arrival cannot matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charter.intake.value_sql import identifier
from charter.warehouse.tables import TABLES

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

# How the rows of one document become one value; all other columns come from its first row (by row_key).
_OVER_ROWS = {
    "received_at": "min({})",
    "entered_at": "min({})",
    "confirmed_at": "min({})",
    "released_at": "max({})",
    "shipped_at": "max({})",
    "delivered_at": "max({})",
    "shipped_on": "max({})",
    # An order is cancelled when the last of its rows is; until then it is an order of less.
    "cancelled_at": "CASE WHEN bool_and({} IS NOT NULL) THEN max({}) END",
    "net_amount": "sum({})",
    "confirmed": "bool_or({})",
    "eligible": "bool_or({})",
    "human_touched": "bool_or({})",
    "customer_wait_seconds": "max({})",
    "dwell_seconds": "max({})",
}
# What is not known from the originating document is filled from the others. Money and classes are not.
_FILLED = (
    "account_key", "fulfilling_scope", "ship_to_market", "received_at", "entered_at", "confirmed_at", "released_at",
    "shipped_at", "delivered_at", "shipped_on", "ordered_on", "confirmed", "human_touched", "customer_wait_seconds",
    "dwell_seconds",
)  # fmt: skip
# An order in several documents is cancelled when its own are, or when all copies of it are.
_CANCELLED_IN_ALL = " ".join([
    "CASE",
    *(
        f"WHEN bool_and(cancelled_at IS NOT NULL) FILTER (WHERE {which}) THEN max(cancelled_at) FILTER (WHERE {which})"
        for which in ("is_origin IS DISTINCT FROM false", "is_origin = false")
    ),
    "END AS cancelled_at",
])  # fmt: skip
ZERO, CREDIT_NOTE = "zero", "credit_note"
_OWN = ("root_key", "source", "document_count", "line_count")
_DOCUMENT = "hash(r.source, r.entity, r.document_key)"
_CELLS = (("selling_scope", "ordered_on"), ("fulfilling_scope", "ordered_on"), ("selling_scope", "shipped_on"))


def fold(lake: Lake) -> None:
    """Folds every root order of `touched_order` again, and notes the cells that it was in and is in now."""
    lake.execute("CREATE OR REPLACE TEMP TABLE root AS SELECT DISTINCT root_key FROM touched_order WHERE root_key IS NOT NULL")
    _note_cells(lake)
    order = lake.table("fact_order")
    lake.execute(f"DELETE FROM {order} WHERE root_key IN (SELECT root_key FROM root)")
    _find_leaders(lake)
    header = [name for name in TABLES["fact_order"].column_names() if name not in _OWN]
    listed = ", ".join(identifier(name) for name in ("root_key", "source", "document_count", "line_count", *header))
    lake.execute(f"INSERT INTO {order} ({listed}) {_folded(lake, header)}")
    _note_cells(lake)
    for name in ("root", "leader", "several", "placed"):
        lake.execute(f"DROP TABLE {name}")


def _note_cells(lake: Lake) -> None:
    # Read once: the orders may lie in files of any age.
    columns = ", ".join(dict.fromkeys(name for cell in _CELLS for name in cell))
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE placed AS SELECT DISTINCT {columns} FROM {lake.table('fact_order')} "
        "WHERE root_key IN (SELECT root_key FROM root)"
    )
    cells = " UNION ".join(f"SELECT 'fact_order', {scope}, {day} FROM placed" for scope, day in _CELLS)
    # Lines that came without their header's columns lie where their order does.
    cells += " UNION SELECT 'fact_order_line', selling_scope, ordered_on FROM placed"
    lake.execute(f"INSERT INTO touched_cell {cells}")


def _find_leaders(lake: Lake) -> None:
    """Answers which document leads, for root orders with more than one: most have one, and need no sorting."""
    records = f"{lake.table('order_record')} AS r WHERE r.root_key IN (SELECT root_key FROM root)"
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE several AS SELECT r.root_key FROM {records} GROUP BY r.root_key "
        f"HAVING min({_DOCUMENT}) <> max({_DOCUMENT})"
    )
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE leader AS SELECT root_key, arg_min(document, place) AS document, count(DISTINCT document) "
        f"AS documents, {_CANCELLED_IN_ALL} FROM (SELECT r.root_key, r.cancelled_at, r.is_origin, {_DOCUMENT} AS document, "
        "row_number() OVER (PARTITION BY r.root_key ORDER BY "
        "coalesce(r.is_origin, true) DESC, coalesce(r.received_at, r.entered_at, r.confirmed_at) NULLS LAST, "
        "r.ordered_on NULLS LAST, r.source, r.entity, r.document_key, r.row_key) AS place "
        f"FROM {lake.table('order_record')} AS r WHERE r.root_key IN (SELECT root_key FROM several)) AS ranked GROUP BY root_key"
    )


def _folded(lake: Lake, header: list[str]) -> str:
    """Builds: rows of leading documents per root order, filled from other documents, with the lines counted."""
    records = lake.table("order_record")
    lines = lake.table("fact_order_line")
    first = [name for name in header if name not in _OVER_ROWS]
    packed = ", ".join(f"{identifier(name)}: r.{identifier(name)}" for name in ("source", "document_key", *first))
    over = ", ".join(_over_rows(name) for name in _OVER_ROWS)
    fills = ", ".join(_over_rows(name) for name in _FILLED)
    chosen = ", ".join(f"{_value(name)} AS {identifier(name)}" for name in header)
    return (
        "SELECT lead.root_key, lead.head.source, coalesce(lead.documents, 1), coalesce(line.lines, 0), "
        f"{chosen} FROM (SELECT r.root_key, any_value(l.documents) AS documents, "
        f"any_value(l.cancelled_at) AS cancelled_in_all, arg_min({{{packed}}}, r.row_key) AS head, {over} "
        f"FROM {records} AS r LEFT JOIN leader AS l ON l.root_key = r.root_key WHERE r.root_key IN (SELECT root_key FROM root) "
        f"AND (l.root_key IS NULL OR l.document = {_DOCUMENT}) GROUP BY r.root_key) AS lead "
        f"LEFT JOIN (SELECT r.root_key, {fills} FROM {records} AS r JOIN leader AS l ON l.root_key = r.root_key "
        f"WHERE l.document <> {_DOCUMENT} GROUP BY r.root_key) AS other ON other.root_key = lead.root_key "
        f"LEFT JOIN (SELECT n.root_key, count(*) AS lines FROM {lines} AS n LEFT JOIN leader AS l ON l.root_key = n.root_key "
        "WHERE n.root_key IN (SELECT root_key FROM root) AND n.is_origin IS DISTINCT FROM false "
        "GROUP BY n.root_key) AS line ON line.root_key = lead.root_key"
    )


def _over_rows(name: str) -> str:
    return f"{_OVER_ROWS.get(name, 'min({})').replace('{}', f'r.{identifier(name)}')} AS {identifier(name)}"


def _value(name: str) -> str:
    """Answers the SQL of a column of the root order, from the leading document's and what the others fill."""
    own = f"lead.{identifier(name)}" if name in _OVER_ROWS else f"lead.head.{identifier(name)}"
    match name:
        case "received_at":
            return f"least({own}, other.{identifier(name)})"
        case "cancelled_at":
            return f"CASE WHEN lead.documents IS NULL THEN {own} ELSE lead.cancelled_in_all END"
        case "eligible":
            # What an order is worth in all is not known in any of its rows: a mapping cannot tell that it is nothing.
            return f"{own} AND lead.net_amount IS DISTINCT FROM 0 AND coalesce(lead.net_amount, 0) >= 0"
        case "ineligible_reason":
            # One eligible row makes the order eligible, whatever was said of its other rows.
            told = f"CASE WHEN lead.net_amount = 0 THEN '{ZERO}' WHEN lead.net_amount < 0 THEN '{CREDIT_NOTE}' END"
            return f"CASE WHEN lead.eligible THEN {told} ELSE coalesce({own}, {told}) END"
    return f"coalesce({own}, other.{identifier(name)})" if name in _FILLED else own
