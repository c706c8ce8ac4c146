"""The schema registry: every table of the lake, with its grain, columns and units. A table is an API.

Identifiers in generated SQL come from here and from nowhere else; `docs/reference/tables.md` is generated from it.
"""

from charter.warehouse.tables.cases import CASE_TABLES
from charter.warehouse.tables.closing import CLOSING_TABLES
from charter.warehouse.tables.column import Column, Table
from charter.warehouse.tables.cubes import CUBE_TABLES
from charter.warehouse.tables.dimensions import DIMENSION_TABLES
from charter.warehouse.tables.intake import INTAKE_TABLES
from charter.warehouse.tables.matching import MATCHING_TABLES
from charter.warehouse.tables.orders import ORDER_TABLES

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *DIMENSION_TABLES, *ORDER_TABLES, *CASE_TABLES, *INTAKE_TABLES, *CUBE_TABLES, *CLOSING_TABLES, *MATCHING_TABLES,
    )
}  # fmt: skip

__all__ = ["TABLES", "Column", "Table"]
