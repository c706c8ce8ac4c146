"""What doctor looks at in the cube: whether it is behind the facts, or built by documents that are no longer in force."""

from __future__ import annotations

from charter.app.examined import Examined
from charter.app.project import Project, bound, today
from charter.app.wording import counted
from charter.errors import CharterError
from charter.model.model import Model
from charter.performance.due import count_due
from charter.performance.measure import is_current
from charter.performance.metric import in_use
from charter.performance.number import built_series, cube_plan, is_built
from charter.warehouse.lake import Lake
from charter.warehouse.opening import open_reader

WHAT = "cube"
_NAMED = 5


def cube_of_lake(project: Project) -> Examined:
    """Answers whether the cube holds all facts, counted by the documents in force; else the command that brings it up.

    The newest snapshot is looked at: readers stand before what is due.
    """
    try:
        project = bound(project)
        model = project.model(today(project))
        with open_reader(project.store, newest=True) as lake:
            if due := count_due(lake):
                told = f"behind the facts: {counted(due, 'cell or case is', 'cells and cases are')} due; readers stand at the snapshot before"
                return Examined(WHAT, True, told, "`charter run` counts them, also without a new delivery")
            if not is_current(lake, model):
                return Examined(WHAT, True, _changed(lake, model), "`charter run` builds what changed, also without a new delivery")
            series = len(cube_plan(model).series)
    except CharterError as error:
        return Examined(WHAT, False, error.message, error.hint or "")
    return Examined(WHAT, True, f"{counted(series, 'series', 'series')}, built by the documents in force", "")


def _changed(lake: Lake, model: Model) -> str:
    known, cube = built_series(lake), cube_plan(model)
    names = sorted(name for name, many in in_use(model).items() if not all(is_built(known, one, cube) for one in many))
    if not names:
        return "built by other documents: the organisation, a calendar or what a metric counts changed since"
    more = f" (and {len(names) - _NAMED:,} more)" if len(names) > _NAMED else ""
    return f"built by other documents: not in it, as now defined, {', '.join(names[:_NAMED])}{more}"
