"""Closed periods: each number as it was closed, and all that it was worked out from, in tables of their own.

Nothing here is changed after a close. A closed number can be worked out anew from these tables alone, whatever becomes of
the facts, the cube, the documents or old snapshots.
"""

from dataclasses import replace

from charter.warehouse.tables.column import Column, Table
from charter.warehouse.tables.cubes import CUBE_TABLES
from charter.warehouse.tables.dimensions import DIMENSION_TABLES

_CLOSE = Column("close_id", "VARCHAR", "the act of closing that it belongs to (period_close)", required=True)
_COPIED = {table.name: table for table in (*CUBE_TABLES, *DIMENSION_TABLES)}


def _as_closed(name: str, of: str, meaning: str) -> Table:
    """A table like another one, with the close that each row was copied at."""
    table = _COPIED[of]
    return replace(table, name=name, meaning=meaning, grain=("close_id", *table.grain), columns=(_CLOSE, *table.columns))


CLOSING_TABLES = (
    Table(
        "period_close",
        "One act of closing: a period, the metrics that were mature (closed_metric), by which revision, when and by whom.",
        ("close_id",),
        (
            _CLOSE,
            Column("period", "VARCHAR", "period, as people write it (`2026-10`)", required=True),
            Column("period_from", "DATE", "its first day", required=True),
            Column("period_to", "DATE", "the day after its last", required=True),
            Column("closed_at", "TIMESTAMPTZ", "when", required=True),
            Column("closed_by", "VARCHAR", "by whom, as the system knows them", required=True, personal=True),
            Column("revision", "BIGINT", "revision that was in force: the model version of its numbers", required=True),
            Column("model_hash", "VARCHAR", "manifest hash of that revision", required=True),
            Column("snapshot", "BIGINT", "snapshot of the lake that was read; maintenance may let it expire", required=True),
            Column("home_currency", "VARCHAR", "the group's home currency", required=True),
        ),
    ),
    Table(
        "closed_metric",
        "Which metric of a period was closed by which act: each only once.",
        ("metric", "period"),
        (
            Column("metric", "VARCHAR", "name of the metric", required=True),
            Column("period", "VARCHAR", "period", required=True),
            _CLOSE,
            Column("title", "VARCHAR", "its name for people", required=True),
            Column("mature_on", "DATE", "day from which its number of the period no longer moves by itself", required=True),
            Column("certified", "BIGINT", "scopes whose number was certified", required=True),
            Column("scopes", "BIGINT", "scopes whose number was closed", required=True),
        ),
    ),
    Table(
        "closed_number",
        "One number of one scope as it was closed; it stays so for good.",
        ("metric", "period", "scope"),
        (
            Column("metric", "VARCHAR", "name of the metric", required=True),
            Column("period", "VARCHAR", "period", required=True),
            Column("scope", "VARCHAR", "scope", required=True),
            _CLOSE,
            Column("definition", "VARCHAR", "hash of the definition that it was counted by (closed_definition)", required=True),
            Column("calendar", "VARCHAR", "name of the Calendar that timed it", required=True),
            Column("rate_set", "VARCHAR", "rate set that converted money (closed_rate)", required=True),
            Column("sources", "VARCHAR", "Sources that fed it there, joined by `; ` (closed_input)", required=True),
            Column("unit", "VARCHAR", "unit of the value: share, count, money, seconds, days, ratio", required=True),
            Column("currency", "VARCHAR", "currency of the value, where it is money"),
            Column("value", "DECIMAL(38,6)", "the value, rounded half even; exact in `answer`. Null: there was none"),
            Column("n", "BIGINT", "how many orders, cases, accounts or lines it rests on", required=True),
            Column("status", "VARCHAR", "met, missed, at risk, not enough data, unknown or no target", required=True),
            Column("certified", "BOOLEAN", "whether it was certified", required=True),
            Column("accountable", "VARCHAR", "who was accountable for it; null: nobody", personal=True),
            Column("answer", "VARCHAR", "the number with all that explained it, as JSON", required=True, personal=True),
        ),
    ),
    Table(
        "closed_objective",
        "How one objective stood at one scope as it was closed, with its metric.",
        ("slo", "period", "scope"),
        (
            Column("slo", "VARCHAR", "name of the OpenSLO document", required=True),
            Column("period", "VARCHAR", "period", required=True),
            Column("scope", "VARCHAR", "scope", required=True),
            _CLOSE,
            Column("metric", "VARCHAR", "metric that it is about", required=True),
            Column("target", "DECIMAL(38,6)", "share that was aimed at", required=True),
            Column("good", "BIGINT", "orders or cases that kept it", required=True),
            Column("total", "BIGINT", "all of them", required=True),
            Column("status", "VARCHAR", "met, missed, at risk, not enough data or unknown", required=True),
            Column("answer", "VARCHAR", "the whole of it, as JSON", required=True),
        ),
    ),
    Table(
        "closed_definition",
        "A definition that numbers were closed by, in full.",
        ("close_id", "definition"),
        (
            _CLOSE,
            Column("definition", "VARCHAR", "its hash at the close", required=True),
            Column("content", "VARCHAR", "the definition, as JSON", required=True),
        ),
    ),
    Table(
        "closed_component",
        "Where each component of a closed definition lies in the closed cube.",
        ("close_id", "definition", "calendar", "component"),
        (
            _CLOSE,
            Column("definition", "VARCHAR", "hash of the definition at the close", required=True),
            Column("calendar", "VARCHAR", "name of the Calendar", required=True),
            Column("component", "VARCHAR", "n, numerator, denominator, classified, value.x, duration.x, member.x", required=True),
            Column("kind", "VARCHAR", "value, duration or member: which table holds it", required=True),
            Column("series", "VARCHAR", "series that holds it", required=True),
            Column("slot", "BIGINT", "value_<slot> of closed_value; 1 in the other tables", required=True),
            Column("dimensions", "VARCHAR", "position of each dimension by its name, as JSON", required=True),
            Column(
                "built_under",
                "VARCHAR",
                "hash of the calendars that its series was built under and, of cases, that of their replay, with a space between; empty: none",
                required=True,
            ),
        ),
    ),
    _as_closed("closed_value", "cube_value", "Cells of cube_value that closed numbers were read from."),
    _as_closed("closed_duration", "cube_duration", "Cells of cube_duration that closed numbers were read from."),
    _as_closed("closed_member", "cube_member", "Cells of cube_member that closed numbers were read from."),
    _as_closed("closed_spread", "cube_spread", "Parts of cube_spread that closed numbers were read from."),
    _as_closed("closed_scope", "dim_scope", "The organisation as it was read at a close: dim_scope then."),
    Table(
        "closed_rate",
        "Rates of exchange that closed numbers were converted by.",
        ("close_id", "rate_set", "currency", "rate_on"),
        (
            _CLOSE,
            Column("rate_set", "VARCHAR", "name of the rate set", required=True),
            Column("currency", "VARCHAR", "ISO 4217", required=True),
            Column("rate_on", "DATE", "day from which it held; null: for the whole period"),
            Column("rate", "DECIMAL(18,8)", "home currency for one unit", required=True),
        ),
    ),
    Table(
        "closed_input",
        "One batch that fed a closed metric: the manifest of what its numbers rest on.",
        ("close_id", "metric", "batch_id"),
        (
            _CLOSE,
            Column("metric", "VARCHAR", "name of the metric", required=True),
            Column("source", "VARCHAR", "Source", required=True),
            Column("batch_id", "VARCHAR", "batch", required=True),
            Column("delivery", "VARCHAR", "file or table that it was read from", required=True),
            Column("delivery_hash", "VARCHAR", "SHA-256 of its bytes, or of the rows read", required=True),
            Column("rows", "BIGINT", "rows that were accepted", required=True),
            Column("data_from", "DATE", "first day that its rows tell of"),
            Column("data_to", "DATE", "last day that its rows tell of (inclusive)"),
        ),
    ),
)
