"""Generated cases with pauses: honest ones, gamed ones, and what looks gamed and is not; seeded."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Event = dict[str, Any]
TEAMS = ("north", "south", "east")
HONEST = ("answered", "by_phone", "asked", "asked_after", "silence", "supplier", "customer_ends", "no_pause")


def cases(seed: int, count: int, share: float = 0.2, **more: Any) -> tuple[list[Event], set[tuple[str, datetime]]]:
    """Events of `count` cases, and the gamed pauses as (case, begin)."""
    chance = random.Random(seed)
    events: list[Event] = []
    gamed: set[tuple[str, datetime]] = set()
    for number in range(count):
        case, clock = f"c{number}", datetime(2026, 2, 2, 8, tzinfo=UTC) + timedelta(hours=chance.randrange(20 * 24))
        team, place = chance.choice(TEAMS), 0

        def tell(state: str, side: str, contact: str | None = "none", case: str = case, team: str = team) -> datetime:
            nonlocal clock, place
            clock += timedelta(minutes=chance.randrange(5, 600))
            place += 1
            told = {"actor_side": side, "contact": contact, **more}
            events.append(
                {
                    "source": "desk", "entity": "e", "row_key": f"{case}-{place:03}", "content_hash": "h", "batch_id": "b",
                    "case_key": case, "sequence": place, "occurred_at": clock, "state": state, "assigned_team": team,
                    "serving_scope": "branch/b1", "priority": "1", **told,
                }
            )  # fmt: skip
            return clock

        tell("open", "customer", "from_customer")
        for _ in range(chance.randrange(1, 4)):
            if chance.random() < share:
                gamed.add((case, tell("waiting_customer", "agent")))
                if chance.random() < 0.3:
                    tell("same", "agent")  # an internal note
                tell("open", "agent")
            else:
                honest(chance.choice(HONEST), tell)
        tell("resolved", "agent", chance.choice(["none", "to_customer"]))
    return events, gamed


def honest(kind: str, tell: Any) -> None:
    """One stretch of a case in which nobody cheats."""
    if kind == "answered":
        tell("same", "agent", "to_customer")
        tell("waiting_customer", "agent")
        tell("open", "customer", "from_customer")
    elif kind == "by_phone":  # the customer calls; the agent notes it, and goes on
        tell("waiting_customer", "agent")
        tell("same", "agent", "from_customer")
        tell("open", "agent")
    elif kind == "asked":  # asked, not answered: the agent finds it out otherwise
        tell("waiting_customer", "agent", "to_customer")
        tell("open", "agent")
    elif kind == "asked_after":
        tell("waiting_customer", "agent")
        tell("same", "agent", "to_customer")
        tell("open", "agent")
    elif kind == "silence":
        tell("waiting_customer", "agent", "to_customer")
        tell("open", "system")
    elif kind == "supplier":
        tell("waiting_supplier", "agent")
        tell("open", "agent")
    elif kind == "customer_ends":
        tell("waiting_customer", "agent")
        tell("open", "customer")
    tell("same", "customer", "from_customer")
