"""Promotion in the working tree: what one scope found is written as the group's, to be planned and applied like any change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charter.app.ownership import matrix_of
from charter.app.plan import Effect, effects
from charter.app.project import Project, today
from charter.model.promote import promote, promote_override
from charter.model.ref import parse_ref


@dataclass(frozen=True)
class Promoted:
    """What a promotion wrote (or would write), whom it touches, and documents of the same name that stay as they are."""

    old: str
    new: str
    files: tuple[tuple[str, str], ...]
    effects: tuple[Effect, ...]
    others: tuple[str, ...]
    written: bool

    def as_dict(self) -> dict[str, Any]:
        """Answers the promotion as a plain mapping."""
        return {
            "old": self.old, "new": self.new, "files": [{"file": name, "what": what} for name, what in self.files],
            "effects": [
                {"ref": one.ref, "path": one.path, "from": str(one.begin) if one.begin else None, "to": str(one.end) if one.end else None,
                 "scopes": list(one.scopes), "owner": one.owner}
                for one in self.effects
            ],
            "others": list(self.others), "written": self.written,
        }  # fmt: skip


def promote_in(project: Project, ref: str, scope: str, path: str | None = None, *, dry_run: bool = False) -> Promoted:
    """Makes what a scope has the group's, in the working tree; nothing binds until it is applied.

    Without `path` a local document of the scope (`Metric:shelf-fill`, or in full `Metric:market/se/shelf-fill`) moves to
    group/ with its rules; with it the value that the scope writes there becomes the base's.

    Raises UsageError (MOD047) where there is no such thing, or where a value in the scope itself would change by it.
    """
    draft = project.draft or project.workspace
    if path is None:
        kind, _, name = ref.partition(":")
        given = parse_ref(ref)
        done = promote(draft, ref if given is None or given.is_local else f"{kind}:{scope}/{name}")
    else:
        done = promote_override(draft, ref, scope, path)
    day = today(project)
    told = tuple(effects(done.plan.changes, matrix_of(Project(done.after)), done.after, day))
    files = tuple((name, _what(project.root, name, content)) for name, content in sorted(done.files.items()))
    if not dry_run:
        write(project.root, done.files)
    return Promoted(str(done.old), str(done.new), files, told, tuple(map(str, done.others)), not dry_run)


def _what(root: Path, name: str, content: bytes | None) -> str:
    return "removed" if content is None else "changed" if (root / name).exists() else "added"


def write(root: Path, files: Mapping[str, bytes | None]) -> None:
    """Writes what is new before anything goes: cut off in between, the promoted document stands twice, and is not lost."""
    for name, content in sorted(files.items(), key=lambda pair: (pair[1] is None, pair[0])):
        place = root / name
        if content is None:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if place.exists():
            Path(beside).chmod(place.stat().st_mode)
        else:
            Path(beside).chmod(0o644)
        Path(beside).replace(place)
