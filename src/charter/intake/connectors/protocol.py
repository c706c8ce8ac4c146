"""What a connector does: say what there is, and put one delivery where SQL can read it. Plug-ins register alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from charter.errors import Finding
from charter.intake.plan import EntityPlan
from charter.intake.value_sql import TextStyle


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file (and the folder that it must lie in), a file in a ZIP, or one read of a table: nothing of its rows is read yet."""

    entity: str
    name: str
    path: Path | None = None
    bytes: int | None = None
    stamp: tuple[int, ...] = ()
    since: str | None = None
    folder: Path | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """What a connector may touch: how it resolves paths, the workspace, the environment, a folder for private copies, cursors."""

    resolve: Callable[[str], Path]
    root: Path
    environment: Mapping[str, str]
    scratch: Path
    cursors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextLines:
    """The lines of a text file: where they are, how they part into columns, and how many stand before the first row.

    Attributes:
        rejects: beginning of the names of the tables in which the reader leaves lines that are no rows.
    """

    path: Path
    rejects: str
    delimiter: str
    quote: str
    headed: int


@dataclass(frozen=True, slots=True)
class OddRow:
    """What stands where a row should and is none: its place among the rows (from 1), the rule that it breaks, its text."""

    place: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Staged:
    """One delivery where SQL can read it.

    Attributes:
        relation: table function that reads it, in the delivery's order.
        physical: SQL type of each of its columns, in the delivery's order.
        style: how values are written as text.
        sha256: hash of what was delivered.
        findings: what was noticed (detected formats, moved columns).
        unchanged: answers false if the delivery has changed since it was listed.
        cursor: the greatest cursor in it, for sources that have one.
        again: hash of what a read from that cursor on gives while nothing changes: its own rows come once more.
        text: what its lines are, where a text reader reads it.
        odd: what its reader found to be no rows; `relation` is without them.
        copies: private copies, to be removed when the rows are taken in.
    """

    relation: str
    physical: Mapping[str, str]
    style: TextStyle
    sha256: str
    bytes: int | None
    findings: tuple[Finding, ...] = ()
    unchanged: Callable[[], bool] = lambda: True
    cursor: str | None = None
    again: str | None = None
    text: TextLines | None = None
    odd: tuple[OddRow, ...] = ()
    copies: tuple[Path, ...] = ()


class Connector(Protocol):
    """A way to reach a source."""

    name: str

    def deliveries(self, plan: EntityPlan, reach: Reach) -> Sequence[Delivery]:
        """Answers what there is to take, in the order in which later wins over earlier."""
        ...

    def known_hash(self, delivery: Delivery) -> str | None:
        """Answers the delivery's hash if it can be told without reading rows."""
        ...

    def stage(self, plan: EntityPlan, delivery: Delivery, reach: Reach) -> Staged:
        """Answers the delivery where SQL can read it. Raises DeliveryRefused, or UnavailableError if the world fails."""
        ...


@cache
def connectors() -> Mapping[str, Connector]:
    """Answers the connectors of this installation by name, from the entry points `charter.connectors`."""
    found: dict[str, Connector] = {}
    for entry in sorted(entry_points(group="charter.connectors"), key=lambda point: point.name):
        connector: Connector = entry.load()
        found[connector.name] = connector
    return found


def connector_for(name: str) -> Connector:
    """Answers the connector of that name; KeyError if there is none."""
    return connectors()[name]
