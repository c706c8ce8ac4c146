"""What a table of the lake is: a name, a grain and columns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its SQL type and what it means, with its unit. `required` columns are never null.

    `personal` ones can tell of a person: an export leaves them out unless it is asked for them, and no metric counts them.
    What is mapped to a `pseudonym` is kept as a keyed pseudonym only.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    personal: bool = False
    pseudonym: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, which columns identify it (the grain), and the columns in order.

    `row_group` is how many rows a Parquet file keeps together, where fewer than DuckDB's 122,880 are read at a time.
    """

    name: str
    meaning: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    row_group: int | None = None

    def column_names(self) -> tuple[str, ...]:
        """Answers the columns' names, in the table's order."""
        return tuple(column.name for column in self.columns)

    def ddl(self, schema: str) -> str:
        """Answers the CREATE TABLE IF NOT EXISTS statement; `schema` is an identifier from the connection, or `temp`."""
        lines = ",\n  ".join(f'"{column.name}" {column.type}{" NOT NULL" if column.required else ""}' for column in self.columns)
        kind = "TEMP TABLE" if schema == "temp" else "TABLE"
        return f'CREATE {kind} IF NOT EXISTS {schema}."{self.name}" (\n  {lines}\n)'


def row_identity(what: str) -> tuple[Column, ...]:
    """Answers the columns by which every record knows the source row that it came from."""
    return (
        Column("source", "VARCHAR", "name of the Source document", required=True),
        Column("entity", "VARCHAR", "id of the entity within the source", required=True),
        Column("row_key", "VARCHAR", f"identity of the {what} within the entity (hash of its key)", required=True),
        Column("content_hash", "VARCHAR", "hash of the row's content as received", required=True),
        Column("batch_id", "VARCHAR", "batch that brought this version of the row", required=True),
    )


RECORD_GRAIN = ("source", "entity", "row_key")
