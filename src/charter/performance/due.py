"""What the cube does not hold yet, where it is counted after the facts were committed: noted with them, taken up by whoever builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

CASE = "case_event"
TOUCHED = (
    "touched_order (root_key VARCHAR)",
    "touched_case (case_key VARCHAR)",
    "touched_cell (fact VARCHAR, scope VARCHAR, day DATE)",
)


def make_touched(lake: Lake) -> None:
    """Makes the temporary tables that tell what a run touched, where no intake did."""
    for table in TOUCHED:
        lake.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table}")


def defer(lake: Lake) -> None:
    """Notes what was touched as due, in the transaction that commits the facts; readers stay at the snapshot before it."""
    make_touched(lake)
    due = lake.table("cube_due")
    since = lake.rows(f"SELECT MIN(d.since) FROM {due} AS d")[0][0]
    lake.execute(
        f"INSERT INTO {due} (since, fact, scope, day, case_key) "
        "SELECT $since, t.fact, t.scope, t.day, CAST(NULL AS VARCHAR) "
        "FROM (SELECT DISTINCT c.fact AS fact, c.scope AS scope, c.day AS day FROM temp.touched_cell AS c) AS t "
        f"UNION ALL SELECT $since, '{CASE}', CAST(NULL AS VARCHAR), CAST(NULL AS DATE), t.case_key "
        "FROM (SELECT DISTINCT c.case_key AS case_key FROM temp.touched_case AS c) AS t "
        "EXCEPT SELECT $since, d.fact, d.scope, d.day, d.case_key FROM " + due + " AS d",
        {"since": lake.snapshot() if since is None else since},
    )


def take_up(lake: Lake) -> None:
    """Adds what is due to what was touched; from here on, in this transaction, nothing is due."""
    make_touched(lake)
    due = lake.table("cube_due")
    if not count_due(lake):
        return
    lake.execute(
        f"INSERT INTO temp.touched_cell (fact, scope, day) SELECT d.fact, d.scope, d.day FROM {due} AS d WHERE d.fact <> '{CASE}'"
    )
    lake.execute(f"INSERT INTO temp.touched_case (case_key) SELECT d.case_key FROM {due} AS d WHERE d.fact = '{CASE}'")
    lake.execute(f"DELETE FROM {due}")


def count_due(lake: Lake) -> int:
    """Answers how many cells and cases are due."""
    return int(lake.rows(f"SELECT COUNT(*) FROM {lake.table('cube_due')} AS d")[0][0])
