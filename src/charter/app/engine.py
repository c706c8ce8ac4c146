"""Which engine counts the facts into the cube, and when: DuckDB within the commit of the facts, Spark right after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charter.app.codes import APP062
from charter.app.project import Advance, Project, silent
from charter.performance.due import count_due, defer
from charter.performance.measure import is_current, rebuild

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake
    from charter.warehouse.spark.session import SparkPlace


def spark_place(project: Project) -> SparkPlace | None:
    """Answers where Spark runs; None where DuckDB counts."""
    settings = (project.draft or project.workspace).settings
    if settings.engine != "spark":
        return None
    from charter.warehouse.spark.session import SparkPlace

    told = settings.spark
    return SparkPlace(told.master, told.memory, told.partitions, dict(told.options))


def refuse_engine(project: Project) -> None:
    """Raises WHS030 or WHS031 where the engine cannot start here, so that nothing is taken in that nobody counts."""
    if (place := spark_place(project)) is not None:
        from charter.warehouse.spark.session import refuse_missing

        refuse_missing(place)


def measure_facts(project: Project, lake: Lake, model: Model, *, advance: Advance = silent) -> None:
    """Called in the transaction that commits facts: counts what they touched, or notes it as due."""
    if spark_place(project) is None:
        rebuild(lake, model, advance=advance)
    else:
        defer(lake)


def measure_rest(project: Project, lake: Lake, model: Model, *, advance: Advance = silent) -> None:
    """Called outside of a transaction, after facts or documents changed: from here on the cube is whole, by this model.

    With Spark it starts a session, and only where there is something to count; what it counts is one commit.
    """
    place = spark_place(project)
    if place is not None and is_current(lake, model):
        return
    if place is None:
        with lake.transaction():
            rebuild(lake, model, advance=advance)
        return
    from charter.warehouse.spark.lake import counting

    lake.phase("count")
    with counting(lake, place) as spark, lake.transaction():
        rebuild(spark, model, advance=advance)


def refuse_behind(lake: Lake) -> None:
    """Raises APP062 where facts were committed that the cube does not hold yet; to be asked of a lake open for writing."""
    if due := count_due(lake):
        raise APP062.exception(n=due)
