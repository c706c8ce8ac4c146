"""Opening a workspace for a use case: the documents, the lake, the state, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from charter.app.codes import APP002, APP003, APP013
from charter.app.places import state_place_of, store_of
from charter.model.model import Model
from charter.model.revision import Revision, Revisions
from charter.model.settings import StoreSettings
from charter.model.workspace import Workspace, open_workspace
from charter.warehouse.store import Store

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

Advance = Callable[..., None]
"""`advance(name, done, total, unit)`: how long work tells its progress."""


def silent(*_: object) -> None:
    """Tells nothing: the progress of whoever does not ask for it."""


@dataclass(frozen=True)
class Project:
    """A workspace with the places of its lake and its state.

    `workspace` is the draft, or what `revision` holds; then `draft` is the working tree, which says where lake and state lie.
    """

    workspace: Workspace
    revision: Revision | None = None
    draft: Workspace | None = None

    @property
    def revisions(self) -> Revisions:
        """Answers what was applied so far."""
        return Revisions(self.root)

    @property
    def is_behind(self) -> bool:
        """Answers whether the working tree says something else than the revision that binds."""
        return self.draft is not None and self.draft.manifest.hash != self.workspace.manifest.hash

    @property
    def _places(self) -> StoreSettings:
        return (self.draft or self.workspace).settings.store

    @property
    def root(self) -> Path:
        """Answers the workspace's folder."""
        return self.workspace.root

    @property
    def store(self) -> Store:
        """Answers where the lake lies; raises APP058 where charter.yaml names a variable that is not set."""
        return store_of(self._places, self.root)

    @property
    def state_place(self) -> Path | str:
        """Answers where the operational state lies: a file, or an address; raises APP058 as `store` does."""
        return state_place_of(self._places, self.root)

    def model(self, as_of: date) -> Model:
        """Answers the model of that day."""
        return self.workspace.model(as_of)

    @contextmanager
    def reading(self) -> Iterator[Lake]:
        """Yields the lake, read only; a lake that no run has made yet is an error with the next step."""
        from charter.warehouse.opening import open_reader

        with open_reader(self.store) as lake:
            yield lake


def find_root(start: Path) -> Path:
    """Answers the nearest folder, from `start` upwards, that holds a charter.yaml."""
    place = start.resolve()
    for folder in (place, *place.parents):
        if (folder / "charter.yaml").is_file():
            return folder
    raise APP002.exception(folder=start)


def open_project(folder: Path | None = None) -> Project:
    """Answers the project of the given folder, or of the nearest charter.yaml above the current folder."""
    if folder is not None and not (folder / "charter.yaml").is_file():
        raise APP002.exception(folder=folder)
    root = find_root(Path.cwd()) if folder is None else folder.resolve()
    return Project(open_workspace(root))


def bound(project: Project, known_at: datetime | None = None) -> Project:
    """Answers the project by the revision in force, which is what binds; by the draft while nothing was applied yet.

    With `known_at`, by what had been applied at that instant; raises MOD036 where that is nothing.
    """
    if project.revision is not None and known_at is None:
        return project
    draft, revisions = project.draft or project.workspace, project.revisions
    head = revisions.head()
    if known_at is not None:
        known = revisions.known_at(known_at)
        return Project(known.workspace, known.revision, draft)
    if head is None:
        return project
    same = head.manifest == draft.manifest.hash
    return Project(draft if same else revisions.workspace(head), head, draft)


def parse_instant(text: str, project: Project) -> datetime:
    """Answers the instant that a person wrote: 2026-09-01T12:00Z, or a day, which is meant with its last second."""
    zone = ZoneInfo(project.workspace.settings.time_zone)
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return datetime.combine(day, time(23, 59, 59), zone)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise APP013.exception(text=text) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def now() -> datetime:
    """Answers the instant, in UTC. The only clock of the house, with `today`."""
    return datetime.now(UTC).replace(microsecond=0)


def today(project: Project) -> date:
    """Answers today's date in the workspace's time zone."""
    return now().astimezone(ZoneInfo(project.workspace.settings.time_zone)).date()


def day_of_look(project: Project, moment: datetime) -> date:
    """Answers the day of an instant in the group's time zone."""
    return moment.astimezone(ZoneInfo(project.workspace.settings.time_zone)).date()


def parse_day(text: str) -> date:
    """Answers the day that a person wrote as 2026-09-01."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise APP003.exception(text=text) from error
