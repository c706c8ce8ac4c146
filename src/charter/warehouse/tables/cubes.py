"""The cube: additive numbers by scope, day and dimension, with its two exact companions."""

from charter.warehouse.tables.column import Column, Table

_CELL = (
    Column("metric", "VARCHAR", "name of the metric", required=True),
    Column("definition", "VARCHAR", "hash of the definition that gave these cells", required=True),
    Column("scope", "VARCHAR", "finest scope known, any level", required=True),
    Column("day", "DATE", "local day that the number belongs to", required=True),
    *(Column(f"dimension_{i}", "VARCHAR", f"value of the metric's declared dimension {i}") for i in range(1, 5)),
)
_CELL_GRAIN = tuple(column.name for column in _CELL)

CUBE_TABLES = (
    Table(
        "cube_value",
        "One additive component of a metric in one cell.",
        (*_CELL_GRAIN, "component"),
        (
            *_CELL,
            Column("component", "VARCHAR", "name of the component in the metric's definition", required=True),
            Column("value", "DECIMAL(38,4)", "exact sum; counts are whole", required=True),
        ),
    ),
    Table(
        "cube_duration",
        "How many orders or cases of a cell took how many whole seconds.",
        (*_CELL_GRAIN, "component", "seconds"),
        (
            *_CELL,
            Column("component", "VARCHAR", "name of the duration in the metric's definition", required=True),
            Column("seconds", "BIGINT", "whole seconds", required=True),
            Column("n", "BIGINT", "how many", required=True),
        ),
    ),
    Table(
        "cube_member",
        "Which accounts were seen in a cell, so that distinct counts are exact at any roll-up.",
        (*_CELL_GRAIN, "component", "member"),
        (
            *_CELL,
            Column("component", "VARCHAR", "name of the membership in the metric's definition", required=True),
            Column("member", "VARCHAR", "account_key", required=True),
        ),
    ),
    Table(
        "cube_state",
        "Which definition of a metric the cube holds, and the model's part that it was built under.",
        ("metric",),
        (
            Column("metric", "VARCHAR", "name of the metric", required=True),
            Column("definition", "VARCHAR", "hash of its definition", required=True),
        ),
    ),
)
