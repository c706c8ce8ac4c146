"""What a change of the model would do before it binds anyone: whom and what it touches, replayed on what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from charter.app.check import broken, first_of
from charter.app.codes import APP015
from charter.app.ownership import matrix_of
from charter.app.plan_again import Again, read_again
from charter.app.plan_numbers import Moved, replayed
from charter.app.plan_sources import Taken, taken_by_other_rules
from charter.app.project import Advance, Project, bound, silent, today
from charter.app.why import plain
from charter.app.wording import counted
from charter.model.diff import Change, Held, LostWrite, Need
from charter.model.diff import plan as plan_models
from charter.model.document import Document
from charter.model.revision import Revision
from charter.model.value import canonical
from charter.model.workspace import SETTINGS_FILE, Workspace, is_document, read_workspace
from charter.model.yaml_reader import UnreadableError, decode
from charter.organisation.reading import read_matrix
from charter.organisation.rules import Assignment, Matrix


@dataclass(frozen=True)
class Rewritten:
    """A document or a table that is there on one side only, or says something else; `told` is what of it, in words."""

    name: str
    place: str
    what: str
    told: str


@dataclass(frozen=True)
class Effect:
    """Answers that change alike: one leaf, from a day until another (half-open; None: open), at all these scopes."""

    ref: str
    path: str
    before: Held | None
    after: Held | None
    begin: date | None
    end: date | None
    scopes: tuple[str, ...]
    owner: str | None


@dataclass(frozen=True)
class Handover:
    """One row of the ownership matrix that comes (`gains`) or goes."""

    object: str
    scope: str
    facet: str
    role: str
    person: str
    begin: date | None
    end: date | None
    gains: bool


@dataclass(frozen=True)
class PlanReport:
    """The difference of two models: `revision` is what binds (None: nothing yet), `after` the draft's manifest hash.

    `numbers` are those that `apply` alone moves; `again` is what reading deliveries again would bring after it (None: no source that
    delivered anything goes by other rules, or it was not asked for).

    `months` are those that were replayed, the oldest first; empty where nothing was taken in yet or no number can differ.
    """

    revision: Revision | None
    before: str
    after: str
    documents: tuple[Rewritten, ...]
    effects: tuple[Effect, ...]
    lost: tuple[LostWrite, ...]
    needs: tuple[Need, ...]
    handovers: tuple[Handover, ...]
    taken: tuple[Taken, ...]
    months: tuple[str, ...]
    metrics: tuple[str, ...]
    numbers: tuple[Moved, ...]
    again: Again | None = None

    @property
    def is_empty(self) -> bool:
        """Answers whether the two say the same."""
        return not (self.documents or self.effects or self.lost)

    def as_dict(self) -> dict[str, Any]:
        """Answers the plan as a plain mapping: what `--json` prints and `apply` takes."""
        return {
            "revision": self.revision.seq if self.revision else None,
            "before": self.before,
            "after": self.after,
            "documents": [vars(one) for one in self.documents],
            "effects": [_effect(one) for one in self.effects],
            "lost": [
                {"ref": str(one.ref), "path": one.path, "layer": one.layer, "value": plain(one.value), "from": _iso(one.begin),
                 "to": _iso(one.end), "code": one.code, "origin": str(one.origin), "holders": list(one.holders)}
                for one in self.lost
            ],
            "needs": [
                {"ref": str(one.ref), "path": one.path, "layer": one.layer, "roles": list(one.roles), "origin": str(one.origin)}
                for one in self.needs
            ],
            "owners": [
                {**vars(one), "begin": _iso(one.begin), "end": _iso(one.end)} for one in self.handovers
            ],
            "taken": [{"source": one.source, "deliveries": one.deliveries, "rows": one.rows} for one in self.taken],
            "months": list(self.months),
            "metrics": list(self.metrics),
            "numbers": [one.as_dict() for one in self.numbers],
            "again": self.again.as_dict() if self.again else None,
        }  # fmt: skip


def plan(project: Project, *, again: bool = True, advance: Advance = silent) -> PlanReport:
    """Answers what the working tree would change against the revision that binds; nothing is written.

    Numbers of the last twelve whole months are worked out under both models from the same facts, by the steps of a run. With
    `again`, also those after deliveries were read again by the draft's mappings, contracts and lists, in a clone of the lake.

    Raises ContentError (APP015) where the draft has errors that a run would stop at: what it would give, nobody can say.
    """
    binding = bound(project)
    draft = project.draft or project.workspace
    day = today(project)
    if binding.revision is None:
        before = nothing(draft)
        return PlanReport(
            None, "", draft.manifest.hash, tuple(_rewritten(before, draft)), (), (), needs_of(before, draft), (), (), (), (), (),
        )  # fmt: skip
    if errors := broken(Project(draft), day):
        raise APP015.exception(errors[0].origin, n=len(errors), hint=first_of(errors))
    before = binding.workspace
    planned = plan_models(before, draft)
    matrix = matrix_of(Project(draft))
    documents = tuple(_rewritten(before, draft))
    taken = taken_by_other_rules(binding, draft, day, planned.changes, documents)
    numbers, months, metrics = replayed(binding, Project(draft), day, planned.changes, advance)
    other = [one for one in taken if one.differs]
    return PlanReport(
        binding.revision, before.manifest.hash, draft.manifest.hash, documents,
        tuple(effects(planned.changes, matrix, draft, day)), planned.lost, planned.needs,
        tuple(_handovers(before, draft)), taken, months, metrics, numbers,
        read_again(binding, draft, day, other, advance) if again and other else None,
    )  # fmt: skip


def nothing(draft: Workspace) -> Workspace:
    """Answers the workspace that binds before anything was applied: its settings, and no document."""
    settings = {name: content for name, content in draft.contents.items() if name == SETTINGS_FILE}
    return read_workspace(draft.root, settings, draft.registry)


def needs_of(before: Workspace, draft: Workspace) -> tuple[Need, ...]:
    """Answers the approvals that applying the draft needs."""
    from charter.model.diff import needed

    return needed(before, draft)


def effects(changes: Iterable[Change], matrix: Matrix, draft: Workspace, day: date) -> Iterator[Effect]:
    """Yields the answers that change, those alike in one; each with who answers for it at its home under the draft."""
    alike: dict[Any, list[Change]] = {}
    for change in changes:
        key = (change.ref, change.path, _held_key(change.before), _held_key(change.after), change.begin, change.end)
        alike.setdefault(key, []).append(change)
    for many in alike.values():
        one = many[0]
        chain = draft.tree.find_chain(one.ref.home, day)
        owner = matrix.owner_of(str(one.ref), chain, day) if chain else None
        scopes = tuple(change.scope for change in many)
        yield Effect(str(one.ref), one.path, one.before, one.after, one.begin, one.end, scopes, owner.person if owner else None)


def _held_key(held: Held | None) -> Any:
    return None if held is None else (held.key, held.state)


def _rewritten(before: Workspace, after: Workspace) -> Iterator[Rewritten]:
    """Yields the documents whose content differs (not their layout), then the tables, each by its name."""
    old, new = _documents(before), _documents(after)
    for key in sorted({*old, *new}):
        one = new.get(key) or old[key]
        place = str(one.origin)
        name = f"{one.ref} in {one.layer}"
        if key not in old:
            yield Rewritten(name, place, "added", "")
        elif key not in new:
            yield Rewritten(name, place, "removed", "")
        elif _says(old[key]) != _says(new[key]):
            yield Rewritten(name, place, "changed", "")
    files = {name for side in (before, after) for name in side.contents if name == SETTINGS_FILE or not is_document(name)}
    for name in sorted(files):
        first, second = before.contents.get(name), after.contents.get(name)
        if first != second:
            what = "added" if first is None else "removed" if second is None else "changed"
            yield Rewritten(name, name, what, _lines(first, second))


def _documents(workspace: Workspace) -> Mapping[tuple[str, str, int], Document]:
    """By layer and Ref, and which of several of one Ref it is."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for document in workspace.documents:
        key = (document.layer, str(document.ref))
        found[(*key, seen[key])] = document
        seen[key] += 1
    return found


def _says(document: Document) -> Any:
    return (canonical(document.spec), document.title, document.valid_from, document.valid_to)


def _lines(first: bytes | None, second: bytes | None) -> str:
    try:
        old, new = (Counter(decode(content).splitlines() if content else ()) for content in (first, second))
    except UnreadableError:
        return ""
    parts = [f"{counted((new - old).total(), 'line')} added"] * bool(new - old)
    parts += [f"{counted((old - new).total(), 'line')} removed"] * bool(old - new)
    return ", ".join(parts) or "lines in another order"


def _handovers(before: Workspace, after: Workspace) -> Iterator[Handover]:
    (old, _), (new, _) = read_matrix(before), read_matrix(after)
    sides = [{_row(one) for one in matrix.assignments} for matrix in (old, new)]
    for gains, rows in ((False, sides[0] - sides[1]), (True, sides[1] - sides[0])):
        for row in sorted(rows, key=repr):
            yield Handover(*row, gains)


def _row(one: Assignment) -> tuple[str, str, str, str, str, date | None, date | None]:
    return (one.object, one.scope, one.facet, one.role, one.person, one.begin, one.end)


def _effect(one: Effect) -> dict[str, Any]:
    return {
        "ref": one.ref, "path": one.path, "before": _told(one.before), "after": _told(one.after), "from": _iso(one.begin),
        "to": _iso(one.end), "scopes": list(one.scopes), "owner": one.owner,
    }  # fmt: skip


def _told(held: Held | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {"value": plain(held.value), "state": held.state, "origin": str(held.origin) if held.origin else None}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
