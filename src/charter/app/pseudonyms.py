"""The key of pseudonyms for use cases, and who of the organisation stands under which."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from charter.app.project import Project
from charter.model.model import Model
from charter.organisation.rules import PersonSlice
from charter.values.pseudonym import pseudonym

Staff = tuple[str, date | None, date | None]
"""A pseudonym, and from when (inclusive) until when (exclusive) that person is with the group."""


def key_of(project: Project) -> str | None:
    """Answers the key; None where no run needed one yet."""
    place = project.state_place
    if isinstance(place, Path) and not place.exists():
        return None
    from charter.state.database import open_state

    with open_state(place) as state:
        return state.keys.key()


def key_for(project: Project, moment: datetime) -> str:
    """Answers the key, made where there is none yet."""
    from charter.state.database import open_state

    with open_state(project.state_place) as state:
        return state.keys.keep(secrets.token_hex(32), moment)


def passing_key() -> str:
    """Answers a key for what is only tried, and of which nothing stays."""
    return secrets.token_hex(32)


def staff(model: Model, people: Mapping[str, tuple[PersonSlice, ...]], key: str) -> tuple[Staff, ...]:
    """Answers the pseudonyms of the organisation's people: by their name, and by their login in each system."""
    systems = sorted({effective.spec.system for ref in model.all_refs("Source") if (effective := model.effective(ref, ref.home))})
    return tuple(
        (pseudonym(key, identity), one.begin, one.end)
        for many in people.values()
        for one in many
        for identity in _identities(one, systems)
    )


def _identities(one: PersonSlice, systems: list[str]) -> Iterator[str]:
    yield one.person
    if one.login:
        yield from (f"{system}:{one.login}" for system in systems)
