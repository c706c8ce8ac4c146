"""The cube of the KPI pack by Spark on two cores against DuckDB, on the same facts in one run; each in a process of its own.

`python -m bench.spark <engine> <folder>` is one such process: it prints its seconds, those of a core that it used, and its peak memory, the Java machine included.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from bench.data import DAYS
from bench.group import METRICS
from bench.measure import Outcome, ratio_outcome, seconds
from bench.performance import AT, laid_out
from charter.app.project import open_project
from charter.performance.measure import prepare, rebuild_all
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_writer
from charter.warehouse.spark.lake import beside
from charter.warehouse.spark.session import SparkPlace, started

ORDERS = int(os.environ.get("BENCH_SPARK_ORDERS", os.environ.get("BENCH_ORDERS", "5000000")))
MEMORY = os.environ.get("BENCH_SPARK_MEMORY", "4g")
ROOT = Path(__file__).resolve().parents[1]


def run() -> list[Outcome]:
    """Answers the ratio of the builds, Spark's start, and what a build costs by Spark that has next to nothing to count."""
    found = {}
    for name, orders in (("large", ORDERS), ("small", 1000)):
        project, folder = laid_out(orders, DAYS)
        found[name] = {engine: _process(engine, project.root) for engine in ("duckdb", "spark")}
        if found[name]["duckdb"]["cube"] != found[name]["spark"]["cube"]:
            raise RuntimeError("the engines do not give one cube: nothing was measured")
        shutil.rmtree(folder, ignore_errors=True)
    large, small = found["large"], found["small"]
    return [
        ratio_outcome(
            f"the cube of {len(METRICS)} metrics, {ORDERS:,} orders: Spark local[2]", large["spark"]["seconds"], "DuckDB",
            large["duckdb"]["seconds"], 5.0, "Spark writes each series as Parquet, which DuckDB then reads into the lake",
            orders=ORDERS, spark=large["spark"], duckdb=large["duckdb"],
        ),
        ratio_outcome(
            "the same of 1,000 orders: what a build costs by Spark", small["spark"]["seconds"], "DuckDB", small["duckdb"]["seconds"],
            50.0, "a statement costs Spark some tenths of a second, whatever it reads", spark=small["spark"], duckdb=small["duckdb"],
        ),
    ]  # fmt: skip


def _process(engine: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.spark", engine, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def one(engine: str, folder: Path) -> dict[str, float | str]:
    """Answers what one build took: seconds to start the engine, seconds to build (a first and a second time), peak bytes, the cube's sum."""
    project = open_project(folder)
    model = project.model(AT.date())
    with open_writer(project.store, holder="bench", memory_limit="4GB") as lake:
        with lake.transaction():
            prepare(lake, model)
        watch, used = _Watch(), [_cpu()]
        if engine == "duckdb":
            start, took = 0.0, []
            for _ in range(2):
                took.append(seconds(lambda: _built(lake, lake, model)))
                used.append(_cpu())
        else:
            temp = project.store.temp / "spark-bench"
            opened = started(SparkPlace("local[2]", MEMORY, 4), temp)
            session = None

            def begin() -> None:
                nonlocal session
                session = opened.__enter__()

            start, took = seconds(begin), []
            used = [_cpu()]
            for _ in range(2):
                with beside(lake, session) as spark:
                    took.append(seconds(lambda own=spark: _built(lake, own, model)))
                used.append(_cpu())
            opened.__exit__(None, None, None)
            shutil.rmtree(temp, ignore_errors=True)
        peak = watch.stop()
        return {
            "start": round(start, 2), "seconds": round(took[0], 2), "again": round(took[1], 2), "peak_mb": peak >> 20, "cube": _cube(lake),
            "cpu": round(used[1] - used[0], 2), "cpu_again": round(used[2] - used[1], 2),
        }  # fmt: skip


def _built(lake: Lake, engine: Lake, model: object) -> None:
    with lake.transaction():
        rebuild_all(engine, model)


def _cube(lake: Lake) -> str:
    names = ("cube_value", "cube_duration", "cube_member")
    return str([lake.rows(f"SELECT count(*), bit_xor(hash(c)) FROM {lake.table(name)} AS c") for name in names])


def _cpu() -> float:
    """Seconds of a core that this process and its children have used: what a machine with other work on it still measures."""
    mine = psutil.Process()
    times = [process.cpu_times() for process in (mine, *mine.children(recursive=True))]
    return sum(one.user + one.system for one in times)


class _Watch:
    """The most memory that this process and its children (Spark's Java) had at one of many instants."""

    def __init__(self) -> None:
        self._peak, self._done = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        mine = psutil.Process()
        while not self._done.wait(0.25):
            held = 0
            for process in (mine, *mine.children(recursive=True)):
                try:
                    held += process.memory_info().rss
                except psutil.Error:
                    continue
            self._peak = max(self._peak, held)

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak


if __name__ == "__main__":
    print(json.dumps(one(sys.argv[1], Path(sys.argv[2]))))
