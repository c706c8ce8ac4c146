"""Replaying the events of service cases into fact_case: set-based, and only for the touched cases' families.

A family is a case with the duplicates that were merged into it. The steps stand in sql/replay_*.sql; here is their
order. What changes is told as touched cells (old and new), so that the cube follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

PACKAGE = "charter.performance"
# Chains of merged duplicates are followed by doubling: six rounds reach 64 merges deep. What does not end is a cycle.
_ROUNDS = 6
_STEPS = ("replay_event", "replay_episode")


def replay(lake: Lake, calendar: str) -> None:
    """Replays the families of the cases in temp.touched_case; adds their old and new cells to temp.touched_cell.

    `calendar` names the Calendar document that times cases.
    """
    _find_heads(lake, "replay_head_before")
    _follow_merges(lake)
    _find_heads(lake, "replay_head")
    _gather_families(lake)
    for step in _STEPS:
        lake.statement(PACKAGE, step)
    _tell_cells(lake)
    lake.execute(
        f"DELETE FROM {lake.table('fact_case')} AS f WHERE EXISTS "
        '(SELECT 1 FROM temp.replay_gone AS g WHERE g.case_key = f."case_key")'
    )
    lake.statement(PACKAGE, "replay_case", {"calendar": calendar})
    _tell_cells(lake)


def touch_all(lake: Lake) -> None:
    """Marks every case as touched: what a changed calendar or a rebuilding from scratch asks for."""
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE touched_case AS "
        f'SELECT DISTINCT e."case_key" AS case_key FROM {lake.table("case_event")} AS e '
        f'UNION SELECT f."case_key" FROM {lake.table("fact_case")} AS f'
    )


def _follow_merges(lake: Lake) -> None:
    """Writes the direct merges of the touched cases as their latest events tell them."""
    merges = lake.table("case_merge")
    lake.execute(f'DELETE FROM {merges} AS m WHERE EXISTS (SELECT 1 FROM temp.touched_case AS t WHERE t.case_key = m."case_key")')
    lake.execute(
        f'INSERT INTO {merges} ("case_key", "into_key") '
        "SELECT r.case_key, r.merged_into FROM ("
        '  SELECT e."case_key" AS case_key, e."merged_into" AS merged_into, ROW_NUMBER() OVER (PARTITION BY e."case_key" '
        '    ORDER BY e."sequence" DESC NULLS LAST, e."occurred_at" DESC, e."row_key" DESC) AS place '
        f'  FROM {lake.table("case_event")} AS e JOIN temp.touched_case AS t ON t.case_key = e."case_key" '
        '  WHERE e."merged_into" IS NOT NULL AND e."merged_into" <> e."case_key"'
        ") AS r WHERE r.place = 1"
    )


def _find_heads(lake: Lake, name: str) -> None:
    """Makes temp.<name> (case_key, head_key): each duplicate with the end of its chain; members of a cycle have none."""
    lake.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS "
        f'SELECT m."case_key" AS case_key, m."into_key" AS head_key FROM {lake.table("case_merge")} AS m'
    )
    chained = f"SELECT COUNT(*) FROM temp.{name} AS h JOIN temp.{name} AS n ON n.case_key = h.head_key"
    for _ in range(_ROUNDS):
        if lake.rows(chained)[0][0] == 0:
            break
        lake.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT h.case_key, COALESCE(n.head_key, h.head_key) AS head_key "
            f"FROM temp.{name} AS h LEFT JOIN temp.{name} AS n ON n.case_key = h.head_key"
        )
    lake.execute(f'DELETE FROM temp.{name} WHERE head_key IN (SELECT m."case_key" FROM {lake.table("case_merge")} AS m)')


def _gather_families(lake: Lake) -> None:
    """Makes temp.replay_member (case_key, head_key) of all families touched, and temp.replay_gone: whose rows go."""
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE replay_family AS "
        "SELECT COALESCE(h.head_key, t.case_key) AS head_key FROM temp.touched_case AS t "
        "LEFT JOIN temp.replay_head AS h ON h.case_key = t.case_key "
        "UNION SELECT COALESCE(h.head_key, t.case_key) FROM temp.touched_case AS t "
        "LEFT JOIN temp.replay_head_before AS h ON h.case_key = t.case_key UNION SELECT t.case_key FROM temp.touched_case AS t"
    )
    # Whoever belonged to such a family may stand alone now, or elsewhere: when a merge is corrected, or closes a cycle.
    lake.execute(
        "INSERT INTO temp.replay_family SELECT DISTINCT COALESCE(h.head_key, b.case_key) FROM temp.replay_head_before AS b "
        "JOIN temp.replay_family AS f ON f.head_key = b.head_key LEFT JOIN temp.replay_head AS h ON h.case_key = b.case_key "
        "WHERE COALESCE(h.head_key, b.case_key) NOT IN (SELECT k.head_key FROM temp.replay_family AS k)"
    )
    # A duplicate whose case has no events (yet) counts as itself.
    lake.execute(
        'CREATE OR REPLACE TEMP TABLE replay_told AS SELECT DISTINCT e."case_key" AS case_key '
        f'FROM {lake.table("case_event")} AS e JOIN temp.replay_family AS f ON f.head_key = e."case_key"'
    )
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE replay_member AS "
        "SELECT h.case_key, h.head_key FROM temp.replay_head AS h JOIN temp.replay_told AS f ON f.case_key = h.head_key "
        "UNION ALL SELECT f.case_key, f.case_key FROM temp.replay_told AS f "
        "LEFT JOIN temp.replay_head AS h ON h.case_key = f.case_key LEFT JOIN temp.replay_told AS t ON t.case_key = h.head_key "
        "WHERE t.case_key IS NULL"
    )
    lake.execute(
        "CREATE OR REPLACE TEMP TABLE replay_gone AS SELECT m.case_key FROM temp.replay_member AS m "
        "UNION SELECT f.head_key FROM temp.replay_family AS f"
    )


def _tell_cells(lake: Lake) -> None:
    """Adds the cells of the cases concerned, as fact_case has them now."""
    lake.execute(
        "INSERT INTO temp.touched_cell (fact, scope, day) "
        "SELECT DISTINCT 'fact_case', COALESCE(f.\"serving_scope\", 'group'), f.\"resolved_on\" "
        f'FROM {lake.table("fact_case")} AS f JOIN temp.replay_gone AS g ON g.case_key = f."case_key" '
        'WHERE f."resolved_on" IS NOT NULL'
    )
