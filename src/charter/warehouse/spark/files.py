"""A table of a snapshot as Spark reads it: columns by their ids, and without the rows that delete files name by position."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from charter.warehouse.codes import WHS033
from charter.warehouse.spark.snapshot import DataFile, Field, TableFiles

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_FIELD_ID = "parquet.field.id"
_SNAPSHOT, _SNAPSHOT_ID = "_ducklake_internal_snapshot_id", 2147483539
_NAMES = "array<struct<delete_name: string, data_name: string, mixed: boolean>>"
_FILE, _ROW = "_charter_file", "_charter_row"


def frame(session: SparkSession, told: TableFiles) -> DataFrame:
    """Answers the rows of the table at its snapshot."""
    from pyspark.sql.functions import lit
    from pyspark.sql.types import StructField, StructType

    schema = StructType([StructField(one.name, _type(told.table, one), True, {_FIELD_ID: one.id}) for one in told.fields])
    if not told.files:
        return session.range(0).select(*(lit(None).cast(one.dataType).alias(one.name) for one in schema.fields))
    plain = [one for one in told.files if not one.deletes and not one.mixed]
    other = [one for one in told.files if one.deletes or one.mixed]
    parts = [session.read.schema(schema).parquet(*(_url(one.path) for one in plain))] if plain else []
    if other:
        parts.append(_without_deleted(session, schema, other, told.snapshot))
    return parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])


def _without_deleted(session: SparkSession, schema: object, files: list[DataFile], snapshot: int) -> DataFrame:
    from pyspark.sql import functions as f
    from pyspark.sql.types import LongType, StructField, StructType

    assert isinstance(schema, StructType)
    wide = StructType([*schema.fields, StructField(_SNAPSHOT, LongType(), True, {_FIELD_ID: _SNAPSHOT_ID})])
    rows = session.read.schema(wide).parquet(*(_url(one.path) for one in files))
    rows = rows.withColumn(_FILE, f.col("_metadata.file_name")).withColumn(_ROW, f.col("_metadata.row_index"))
    mixed = [one.name for one in files if one.mixed]
    if mixed:
        rows = rows.where(~f.col(_FILE).isin(mixed) | (f.col(_SNAPSHOT) <= snapshot))
    gone = _deleted(session, files, snapshot)
    if gone is not None:
        rows = rows.join(gone, [_FILE, _ROW], "left_anti")
    return rows.select(*(f.col(f"`{one.name}`") for one in schema.fields))


def _deleted(session: SparkSession, files: list[DataFile], snapshot: int) -> DataFrame | None:
    """The positions that are gone, by the name of the data file: a delete file belongs to the one that the catalog says."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import LongType, StructField, StructType

    owner = {
        path.rpartition("/")[2]: (path, one.name, mixed)
        for one in files
        for path, mixed in zip(one.deletes, one.mixed_deletes, strict=True)
    }
    if not owner:
        return None
    schema = StructType(
        [
            StructField("pos", LongType(), True, {_FIELD_ID: 2147483645}),
            StructField(_SNAPSHOT, LongType(), True, {_FIELD_ID: _SNAPSHOT_ID}),
        ]
    )
    read = session.read.schema(schema).parquet(*(_url(path) for path, _, _ in owner.values()))
    # As one text, for rows of Python would be brought over by processes of Python.
    told = json.dumps([{"delete_name": name, "data_name": of, "mixed": mixed} for name, (_, of, mixed) in owner.items()])
    names = session.sql(f"SELECT inline(from_json(:told, '{_NAMES}'))", args={"told": told})
    found = read.withColumn("delete_name", f.col("_metadata.file_name")).join(f.broadcast(names), "delete_name")
    found = found.where(~f.col("mixed") | (f.col(_SNAPSHOT) <= snapshot))
    return found.select(f.col("data_name").alias(_FILE), f.col("pos").alias(_ROW)).distinct()


def _type(table: str, one: Field) -> DataType:
    from pyspark.sql import types

    if decimal := _DECIMAL.fullmatch(one.type):
        return types.DecimalType(int(decimal[1]), int(decimal[2]))
    known = {
        "varchar": types.StringType, "int64": types.LongType, "int32": types.IntegerType, "boolean": types.BooleanType,
        "date": types.DateType, "timestamptz": types.TimestampType, "timestamp": types.TimestampNTZType, "float64": types.DoubleType,
    }  # fmt: skip
    if one.type not in known:
        raise WHS033.exception(what=f"{table}.{one.name} is of the type {one.type}")
    found: DataType = known[one.type]()
    return found


def _url(path: str) -> str:
    """A path as Hadoop takes it: S3 by its own name for it, a file of this machine as one."""
    if path.startswith("s3://"):
        return f"s3a://{path.removeprefix('s3://')}"
    return path if "://" in path else f"file://{path}"
