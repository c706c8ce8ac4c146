"""Measuring inside a run's transaction: scopes and calendars, cases replayed, and the cube brought up."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from charter.performance import cube
from charter.performance.calendar import calendars, days_of_data, write_calendars
from charter.performance.cube import Advance, Use, silent
from charter.performance.due import count_due, take_up
from charter.performance.metric import in_use
from charter.performance.plan import plan
from charter.performance.printing import printer
from charter.performance.replay import replay, touch_all
from charter.performance.scope import are_scopes, scope_rows, write_scopes

if TYPE_CHECKING:
    from charter.model.model import Model
    from charter.warehouse.lake import Lake

STANDARD = "standard"
CUBE = ("cube_value", "cube_duration", "cube_member", "cube_spread", "cube_state", "cube_component")
DERIVED = ("dim_scope", "scope_calendar", "calendar_day", "case_merge", "fact_case", *CUBE)
"""What is made from the model and from what was taken in, and can be made again."""
REPLAY = "replay"
"""Under this name cube_state knows what the cases were replayed under."""
_CASE_METRIC = "time-to-resolution"


def prepare(lake: Lake, model: Model, *, days: bool = True) -> str:
    """Brings dim_scope, scope_calendar and calendar_day up to the model and the data; answers what cases depend on.

    Called by `rebuild`; a run may call it before intake as well, where mappings need dim_scope. Without `days`, for who only
    reads what is built, the calendars' days are left.
    """
    metrics = in_use(model)
    names = {one.calendar for many in metrics.values() for one in many} | {STANDARD}
    held = calendars(model, names)
    span = days_of_data(lake, model) if days else None
    if span is not None:
        write_calendars(lake, held, *span)
    own = {scope: identity for (name, scope), identity in held.ids.items() if name == STANDARD}
    rows = scope_rows(model, own)
    write_scopes(lake, rows)
    return held.hash


def rebuild(lake: Lake, model: Model, *, advance: Advance = silent) -> None:
    """Replays touched cases and builds touched cells again; called inside the transaction, after intake's merge.

    Reads temp.touched_case and temp.touched_cell, and what is due from runs before. Whatever was built under another definition or calendar is built
    whole, so that any order of arrival and of changes gives the cube that a rebuilding from scratch would give.
    """
    take_up(lake)
    metrics = in_use(model)
    hashed = prepare(lake, model)
    lake.phase("replay")
    replay_cases(lake, model, hashed)
    use = Use(metrics, hashed)
    lake.phase("cells")
    cube.bring_up(lake, use, plan(use.measured(), printer), printer, advance=advance)


def rebuild_all(lake: Lake, model: Model, *, advance: Advance = silent) -> None:
    """Forgets the cube and all replayed cases, and builds them from the facts and events alone."""
    for table in CUBE:
        lake.execute(f"DELETE FROM {lake.table(table)}")
    rebuild(lake, model, advance=advance)


def is_current(lake: Lake, model: Model) -> bool:
    """Answers whether `rebuild` would change nothing: no cell is due, and all was built under this model."""
    if count_due(lake):
        return False
    metrics = in_use(model)
    held = calendars(model, {one.calendar for many in metrics.values() for one in many} | {STANDARD})
    own = {scope: identity for (name, scope), identity in held.ids.items() if name == STANDARD}
    if not are_scopes(lake, scope_rows(model, own)):
        return False
    use = Use(metrics, held.hash)
    cubed = plan(use.measured(), printer)
    wanted = {**cube.state(use, cubed), REPLAY: replayed_under(lake, model, held.hash)}
    return cube.known_state(lake) == wanted and cube.are_components(lake, use, cubed)


def case_calendar(model: Model) -> str:
    """Answers the name of the Calendar that times cases: that of time-to-resolution, else the standard one."""
    found = in_use(model).get(_CASE_METRIC, ())
    return found[0].calendar if found else STANDARD


def replay_cases(lake: Lake, model: Model, hashed: str) -> None:
    """Replays the touched cases; all of them where the calendar that they were timed by is another one now."""
    state, under = lake.table("cube_state"), replayed_under(lake, model, hashed)
    known = lake.rows(f'SELECT s."built_under" FROM {state} AS s WHERE s."series" = \'{REPLAY}\'')
    if [tuple(row) for row in known] != [(under,)]:
        touch_all(lake)
        lake.execute(f"DELETE FROM {state} WHERE \"series\" = '{REPLAY}'")
        lake.execute(f'INSERT INTO {state} ("series", "built_under") VALUES (\'{REPLAY}\', ?)', [under])
    if lake.rows("SELECT COUNT(*) FROM temp.touched_case")[0][0]:
        replay(lake, case_calendar(model))


def replayed_under(lake: Lake, model: Model, hashed: str) -> str:
    """Answers all that replayed cases depend on beside their events; reads dim_scope as `prepare` left it."""
    return f"{case_calendar(model)} {hashed} {_zones(lake)}"


def _zones(lake: Lake) -> str:
    """What decides a case's day: the time zones of the scopes, hashed by their rows."""
    rows = lake.rows(
        f'SELECT s."scope", s."time_zone", s."valid_from", s."valid_to" FROM {lake.table("dim_scope")} AS s ORDER BY 1, 3'
    )
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
