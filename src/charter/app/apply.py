"""Making the draft what binds: a revision in the chained log, then the lake measured anew by it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from charter.app.check import broken, first_of
from charter.app.codes import APP014, APP015, APP016
from charter.app.engine import measure_rest
from charter.app.plan import needs_of, nothing
from charter.app.project import Advance, Project, bound, now, silent, today
from charter.model.diff import Need
from charter.model.revision import Revision
from charter.warehouse.opening import open_writer


@dataclass(frozen=True)
class Applied:
    """The revision, whether it is new (False: the draft says what binds already), and whether a lake was measured by it."""

    revision: Revision
    fresh: bool
    measured: bool


def apply(
    project: Project,
    *,
    roles: Sequence[str] = (),
    saved: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    advance: Advance = silent,
) -> Applied:
    """Records the draft as the next revision, with who approved it, and measures the lake by it.

    Args:
        project: the draft.
        roles: the roles by which the caller approves; recorded with the login, unauthenticated.
        saved: a plan that `plan` saved; refused where the draft or what binds is no longer what it compared.
        at: the instant; else now.
        advance: is told the progress.

    Raises:
        ContentError: APP015, the documents have errors that a run would stop at.
        RefusedError: APP014 for another plan, APP016 where a changed write lacks the approval of a role.
        UsageError: MOD045, another revision was applied meanwhile.
    """
    binding = bound(project)
    draft = project.draft or project.workspace
    head = binding.revision
    if saved is not None:
        _refuse_other(saved, head.manifest if head else "", draft.manifest.hash)
    if head is not None and head.manifest == draft.manifest.hash:
        return Applied(head, False, measure(binding, advance=advance))
    if errors := broken(Project(draft), today(project)):
        raise APP015.exception(errors[0].origin, n=len(errors), hint=first_of(errors))
    missing = [one for one in needs_of(binding.workspace if head else nothing(draft), draft) if not set(one.roles) & set(roles)]
    if missing:
        raise APP016.exception(missing[0].origin, missing="; ".join(map(_told, missing)), role=missing[0].roles[0])
    login = f"{getpass.getuser()} (unauthenticated)"
    approvals = (f"applied by {login}", *(f"role/{role} by {login}" for role in roles))
    revision = project.revisions.apply(draft, _after(head, at or now()), approvals, base=head.manifest if head else "")
    return Applied(revision, True, measure(Project(draft, revision, draft), advance=advance))


def _after(head: Revision | None, moment: datetime) -> datetime:
    """Answers the instant, or the next second where a revision was applied in this one: they rise strictly, and the clock tells seconds."""
    if head is not None and timedelta(0) <= head.applied_at - moment < timedelta(seconds=2):
        return head.applied_at + timedelta(seconds=1)
    return moment


def measure(project: Project, *, advance: Advance = silent) -> bool:
    """Brings scopes, calendars, cases and cube to the project's model; answers False where nothing was taken in yet."""
    if not project.store.exists():
        return False
    with open_writer(project.store, holder="charter apply", since=now().isoformat()) as lake:
        measure_rest(project, lake, project.model(today(project)), advance=advance)
    return True


def revisions(project: Project) -> tuple[Revision, ...]:
    """Answers all revisions, the first applied first."""
    return project.revisions.log()


def _refuse_other(saved: Mapping[str, Any], before: str, after: str) -> None:
    for name, told, known in (("what binds", saved.get("before"), before), ("the draft", saved.get("after"), after)):
        if told != known:
            reason = f"it says that {name} is {str(told)[:12] or 'nothing'}, and it is {known[:12] or 'nothing'}"
            raise APP014.exception(file=saved.get("file", "the plan"), reason=reason)


def _told(need: Need) -> str:
    return f"{need.ref} {need.path} in {need.layer} needs {' or '.join(need.roles)}"
