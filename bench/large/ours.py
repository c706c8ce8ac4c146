"""What the product does beside taking in: maintaining, the cube built anew, a market's month read. `python -m bench.large.ours FOLDER ORDERS MONTHS WHAT`."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

from bench.large.size import Size
from bench.large.watch import Watch, die_with_parent
from bench.large.workspace import METRICS
from charter.app.feeds import Asking
from charter.app.maintain import maintain
from charter.app.project import open_project
from charter.performance.measure import rebuild_all
from charter.performance.number import number
from charter.values.period import Period
from charter.warehouse.opening import open_reader, open_writer


class _TakenBackError(Exception):
    """Ends the transaction of a cube that was only built to be measured."""


def rebuild(size: Size, watch: Watch) -> None:
    """Builds the whole cube from the facts and replays all cases, and takes it back: the lake stays as it was."""
    project = open_project(size.workspace)
    at = size.taken_at(size.months - 1)
    with open_writer(project.store, holder="bench", on_phase=watch.phase) as lake, suppress(_TakenBackError), lake.transaction():
        rebuild_all(lake, project.model(at.date()))
        raise _TakenBackError


def maintained(size: Size, watch: Watch) -> None:
    """Writes small files together, as a night would: each table is compared before and after."""
    maintain(open_project(size.workspace), keep_days=0, on_phase=watch.phase)


def read(size: Size, watch: Watch) -> None:
    """Reads the last month of one market: every metric, by a reader of its own."""
    project = open_project(size.workspace)
    at = size.taken_at(size.months - 1)
    model = project.model(at.date())
    watch.phase("open")
    with open_reader(project.store) as lake:
        watch.phase("asking")
        asking = Asking(project, lake, model, "market/m7", at, None)
        watch.phase("read")
        for name in METRICS:
            number(lake, model, name, "market/m7", Period.parse(size.name(size.months - 1)), asked=asking.about(name), beside=False)


def main(folder: str, orders: str, months: str, what: str) -> None:
    die_with_parent()
    size = Size(Path(folder), int(orders), int(months))
    store = open_project(size.workspace).store
    # While files are written together, the old ones lie beside the new: then the whole lake is looked at.
    with Watch(store.folder if what == "maintain" else store.temp) as watch:
        {"rebuild": rebuild, "read": read, "maintain": maintained}[what](size, watch)
    (size.folder / "told.json").write_text(json.dumps(watch.told()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
