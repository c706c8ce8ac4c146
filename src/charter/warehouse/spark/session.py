"""Starting Spark: the one place that knows pyspark's settings. Whatever could round, guess or overflow in silence is off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from charter.warehouse.codes import WHS030, WHS031

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class SparkPlace:
    """Where Spark runs: its master, the memory of the driver, in how many parts it sorts and joins, and further settings."""

    master: str = "local[*]"
    memory: str = "2g"
    partitions: int = 8
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Answers whether it is a process of this machine."""
        return self.master.startswith("local")


_EXACT = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not null
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # digits are never rounded away to fit 38 of them
    "spark.sql.parquet.fieldId.read.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.caseSensitive": "false",
}
_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}",
}
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def refuse_missing(place: SparkPlace) -> None:
    """Raises WHS030 or WHS031 where Spark cannot start here: asked before anything is taken in."""
    if find_spec("pyspark") is None:
        raise WHS030.exception()
    if place.is_local and java() is None:
        raise WHS031.exception(reason="there is no `java` on the PATH, and JAVA_HOME names none")


def java() -> Path | None:
    """Answers the Java that Spark would start; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    found = Path(home) / "bin" / "java" if home else shutil.which("java")
    return Path(found) if found and Path(found).is_file() else None


@contextmanager
def started(place: SparkPlace, temp: Path) -> Iterator[SparkSession]:
    """Yields a session, and stops it at the end; what it spills goes below `temp`.

    Raises UnavailableError: WHS030 without pyspark, WHS031 where it does not start.
    """
    refuse_missing(place)
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master(place.master).appName("charter")
    for name, value in _settings(place, temp).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise WHS031.exception(reason=str(error).splitlines()[0]) from error
    try:
        yield session
    finally:
        session.stop()


def _settings(place: SparkPlace, temp: Path) -> dict[str, str]:
    parts = {"spark.sql.shuffle.partitions": str(place.partitions), "spark.driver.memory": place.memory}
    places = {"spark.local.dir": str(temp), "spark.sql.warehouse.dir": str(temp / "warehouse")}
    local = {**_LOOPBACK, **places} if place.is_local else {}
    return {**_QUIET, **local, **parts, **place.options, **_EXACT}
