"""Whether the numbers are right: each month's against hand-written SQL over the generator's rows. `python -m bench.large.check FOLDER ORDERS MONTHS`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import duckdb

from bench.large.rows import business, case_, final_orders, local_day
from bench.large.size import Size
from bench.large.watch import die_with_parent
from charter.app.feeds import Asking
from charter.app.project import open_project
from charter.performance.number import number
from charter.values.period import Period
from charter.warehouse.opening import open_reader

Told = Mapping[str, object]
_TOOK = f"{business('received + to_seconds(took)', 'market')} - {business('received', 'market')}"
_CASE_TOOK = (
    f"CASE WHEN waits THEN {business('t1', 'market')} - {business('t0', 'market')} + {business('t3', 'market')} - {business('t2', 'market')} "
    f"ELSE {business('t3', 'market')} - {business('t0', 'market')} END"
)


def expected(size: Size, month: int, connection: duckdb.DuckDBPyConnection) -> Told:
    """Answers the month's numbers of the group from the rows that the generator means, all files counted."""
    last = size.months - 1
    orders, digital, net, seconds, p50, p90 = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE channel IN ('WEB', 'EDI')), sum(net_amount), CAST(sum(s) AS BIGINT), quantile_disc(s, 0.5), quantile_disc(s, 0.9) "
        f"FROM (SELECT *, {_TOOK} AS s FROM ({final_orders(size, month, last)}) WHERE kind <> 'M')"
    ).fetchall()[0]
    begin, end = size.begin(month), size.begin(month + 1)
    # A case lasts six days at most; days are those of the market's clock.
    first, past = (
        size.first(month, size.cases) - 8 * size.cases // size.days - 1,
        size.first(month + 1, size.cases) + 2 * size.cases // size.days + 1,
    )
    cases, case_seconds = connection.execute(
        f"SELECT count(*), CAST(sum({_CASE_TOOK}) AS BIGINT) FROM ({case_(size, max(first, 0), min(past, size.cases))}) "
        f"WHERE {local_day('t3', 'market')} >= DATE '{begin}' AND {local_day('t3', 'market')} < DATE '{end}' AND t3 < TIMESTAMP '{size.begin(size.months)}'"
    ).fetchall()[0]
    return {
        "orders": orders, "digital orders": digital, "net amount": net, "order seconds": seconds, "order P50": p50, "order P90": p90,
        "cases": cases, "case seconds": case_seconds,
    }  # fmt: skip


def measured(size: Size) -> Iterator[Told]:
    """Yields each month's numbers of the group, as the product tells them."""
    project = open_project(size.workspace)
    at = size.taken_at(size.months - 1) + timedelta(days=30)
    model = project.model(at.date())
    with open_reader(project.store) as lake:
        asking = Asking(project, lake, model, "group", at, None)
        for month in range(size.months):
            names = ("order-count", "digital-order-ratio", "order-value", "average-order-time", "time-to-resolution")
            count, ratio, value, time, cases = (
                number(lake, model, name, "group", Period.parse(size.name(month)), asked=asking.about(name), beside=False).figure
                for name in names
            )
            order, case = time.times["total"], cases.times["total"]
            yield {
                "orders": count.value, "digital orders": ratio.numerator, "net amount": value.value, "order seconds": order.total,
                "order P50": order.p50, "order P90": order.p90, "cases": case.n, "case seconds": case.total,
            }  # fmt: skip


def wrong(size: Size) -> tuple[int, list[str]]:
    """Answers how many numbers were compared, and a line for each that differs."""
    compared, found = 0, []
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(size.folder / "temp")}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for month, ours in enumerate(measured(size)):
            for name, meant in expected(size, month, connection).items():
                compared += 1
                if ours[name] != meant:
                    found.append(f"{size.name(month)} {name}: {ours[name]}, and by hand {meant}")
    return compared, found


def main(folder: str, orders: str, months: str) -> None:
    die_with_parent()
    compared, found = wrong(Size(Path(folder), int(orders), int(months)))
    print("\n".join(found) or f"{compared} numbers of {months} months are those of the hand-written SQL")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
