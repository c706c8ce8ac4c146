"""The cube: additive numbers by scope, day and dimension, with its two exact companions, and price dispersion."""

from charter.warehouse.tables.column import Column, Table

_CELL = (
    Column(
        "series",
        "VARCHAR",
        "the scan that gave it: hash of fact, filter, attribution, dimensions and what is counted (cube_component)",
        required=True,
    ),
    Column("scope", "VARCHAR", "finest scope known, any level", required=True),
    Column("day", "DATE", "local day that the number belongs to", required=True),
    *(Column(f"dimension_{i}", "VARCHAR", f"value of the series' dimension {i}; null: unknown") for i in range(1, 5)),
)
_MONTH = 61_440
"""Rows of a month lie in two or three of these: measured, a market's month was read in three quarters of the time."""
_CELL_GRAIN = tuple(column.name for column in _CELL)

CUBE_TABLES = (
    Table(
        "cube_value",
        "Additive components of the metrics that share a scan, in one cell.",
        _CELL_GRAIN,
        (
            *_CELL,
            *(
                Column(f"value_{i}", "DECIMAL(38,4)", f"exact sum in slot {i} of the series; counts are whole")
                for i in range(1, 25)
            ),
        ),
        _MONTH,
    ),
    Table(
        "cube_duration",
        "How many orders or cases of a cell took how many whole seconds.",
        (*_CELL_GRAIN, "seconds"),
        (
            *_CELL,
            Column("seconds", "BIGINT", "whole seconds", required=True),
            Column("n", "BIGINT", "how many", required=True),
        ),
        _MONTH,
    ),
    Table(
        "cube_member",
        "Which accounts were seen in a cell, so that distinct counts are exact at any roll-up.",
        (*_CELL_GRAIN, "member"),
        (*_CELL, Column("member", "VARCHAR", "account_key", required=True)),
        _MONTH,
    ),
    Table(
        "cube_spread",
        "Price dispersion of one market (or the group) in one month: the parts that sum over keys.",
        ("definition", "scope", "month", "currency"),
        (
            Column("definition", "VARCHAR", "hash of the definition that gave it", required=True),
            Column("scope", "VARCHAR", "ship-to market, or `group` where none is known", required=True),
            Column("month", "DATE", "first day of the month", required=True),
            Column("currency", "VARCHAR", "currency of the amounts"),
            Column("deviation", "DECIMAL(38,8)", "sum of |net - quantity x median| over covered keys", required=True),
            Column("covered_value", "DECIMAL(38,4)", "net value in keys with enough accounts", required=True),
            Column("value", "DECIMAL(38,4)", "net value of all keys", required=True),
            Column("lines", "BIGINT", "order lines in covered keys", required=True),
            Column("keys", "BIGINT", "covered keys", required=True),
        ),
    ),
    Table(
        "cube_component",
        "Where each component of each metric's definition lies in the cube: its series and slot.",
        ("metric", "definition", "component"),
        (
            Column("metric", "VARCHAR", "name of the metric", required=True),
            Column("definition", "VARCHAR", "hash of its definition: its identity", required=True),
            Column("component", "VARCHAR", "n, numerator, denominator, classified, value.x, duration.x, member.x", True),
            Column("kind", "VARCHAR", "value, duration or member: which table of the cube", required=True),
            Column("series", "VARCHAR", "series that holds it", required=True),
            Column("slot", "BIGINT", "value_<slot> of cube_value; 1 in the other tables", required=True),
        ),
    ),
    Table(
        "cube_state",
        "Which series the cube holds, and the calendars that they were built under.",
        ("series",),
        (
            Column("series", "VARCHAR", "series, or `replay` and `spread:<definition>`", required=True),
            Column("built_under", "VARCHAR", "hash of the calendars and scopes that take part; empty: none", True),
        ),
    ),
    Table(
        "cube_due",
        "What the cube does not hold yet: cells and cases that a run touched, left to an engine that counts after the commit. Mostly empty.",
        ("fact", "scope", "day", "case_key"),
        (
            Column("since", "BIGINT", "the last snapshot whose cube is whole: readers stay at it", required=True),
            Column("fact", "VARCHAR", "fact whose cell it is; case_event: a case to be replayed", required=True),
            Column("scope", "VARCHAR", "scope of the cell"),
            Column("day", "DATE", "day of the cell"),
            Column("case_key", "VARCHAR", "case"),
        ),
    ),
)
