"""What is needed to take one source in."""

from __future__ import annotations

from dataclasses import dataclass

from charter.intake.connectors.protocol import Reach
from charter.intake.plan import EntityPlan, Place


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One source, ready to be taken in: its entities, the scopes that rows may name, and what it may reach.

    `time_zone` is the workspace's: by it a delivery has a day on which it came.
    """

    name: str
    entities: tuple[EntityPlan, ...]
    places: tuple[Place, ...]
    reach: Reach
    time_zone: str = "Etc/UTC"
