"""What is needed to take one source in."""

from __future__ import annotations

from dataclasses import dataclass, field

from charter.intake.connectors.protocol import Reach
from charter.intake.plan import EntityPlan, Place
from charter.intake.target import TARGETS


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One source, ready to be taken in: its entities, the scopes that rows may name, and what it may reach.

    `time_zone` is the workspace's: by it a delivery has a day on which it came. `key` is that of its pseudonyms; without one
    nobody is told, and `placed_by` and the like stay empty.
    """

    name: str
    entities: tuple[EntityPlan, ...]
    places: tuple[Place, ...]
    reach: Reach
    time_zone: str = "Etc/UTC"
    key: str | None = field(default=None, repr=False)

    @property
    def tells_people(self) -> bool:
        """Answers whether its mappings tell of people, who are kept as pseudonyms."""
        return any(
            TARGETS[name].column_for(key) in TARGETS[name].pseudonyms()
            for plan in self.entities
            for name, mapping in plan.entity.targets.items()
            if name in TARGETS
            for key in mapping
        )
