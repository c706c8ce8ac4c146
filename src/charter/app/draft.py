"""A first draft for an unknown export, and a trial of a source: what would come of its rows, with nothing taken in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from charter.app.codes import APP022, APP023, APP024
from charter.app.project import Advance, Project, silent, today
from charter.intake.draft.documents import Draft, Setting, draft_documents
from charter.intake.draft.form import Form, formed
from charter.intake.draft.meaning import Meaning, identifying, meaning
from charter.intake.draft.profile import Column, Profile, profile
from charter.intake.draft.words import plain
from charter.intake.refusal import DeliveryRefused
from charter.model.model import Model
from charter.warehouse.opening import open_aside


@dataclass(frozen=True)
class Drafted:
    """What was written, from what, and what a person has to look at before it is relied on."""

    name: str
    files: tuple[str, ...]
    declared: dict[str, Any]
    profile: Profile
    meaning: Meaning
    written: tuple[str, ...]
    checks: tuple[str, ...]
    noticed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Answers the draft as a plain mapping."""
        return {
            "source": self.name,
            "files": list(self.files),
            "format": self.declared,
            "rows": self.profile.rows,
            "lines_that_are_no_rows": self.profile.odd,
            "targets": list(self.meaning.targets),
            "columns": [_column_as_dict(one, self.meaning) for one in self.profile.columns],
            "keys": [list(key) for key in self.profile.keys],
            "written": list(self.written),
            "check": list(self.checks),
            "noticed": list(self.noticed),
        }

    def table(self) -> list[tuple[str, str, str, str, str]]:
        """Answers a line for each column: name, type, how filled, what stands in it, and what it may mean."""
        return [_line(one, self.meaning) for one in self.profile.columns]


def _column_as_dict(one: Column, found: Meaning) -> dict[str, Any]:
    guess = found.guesses.get(one.name)
    return {
        "name": one.name, "physical": one.physical, "type": one.logical, "format": one.format, "filled": one.filled,
        "distinct": one.distinct, "least": one.least, "greatest": one.greatest, "misfits": one.misfits,
        "guess": {"role": guess.role, "sureness": str(guess.sureness), "reason": guess.reason} if guess else None,
    }  # fmt: skip


def _line(one: Column, found: Meaning) -> tuple[str, str, str, str, str]:
    guess = found.guesses.get(one.name)
    what = ", ".join(value for value, _ in one.values[:4]) + (", ..." if len(one.values) > 4 else "")
    if not what:
        what = (
            f"{one.least} to {one.greatest}"
            if one.least is not None and one.logical != "string"
            else f"about {one.distinct:,} different"
        )
    kind = one.logical + (f" {one.format}" if one.format and not one.format.startswith("%Y-%m-%d") else "")
    told = f"{guess.role.replace('_', ' ')} ({guess.sureness})" if guess else ""
    return one.physical, kind, f"{(1 - one.null_rate) * 100:.1f} %", what, told


def draft(
    project: Project,
    files: Sequence[Path],
    *,
    name: str | None = None,
    scope: str = "group",
    force: bool = False,
    advance: Advance = silent,
) -> Drafted:
    """Writes a first Source with its contract and code lists for exports of one form; the first file is the one that is looked at.

    Raises:
        UsageError: APP022, a file lies where nothing may be read; APP023, the documents are there already.
        ContentError: APP024, the file cannot be read as anything.
    """
    given = name or slug(files[0].name)
    targets = [project.root / "group" / "sources" / f"{given}.yaml", project.root / "group" / "contracts" / f"{given}.odcs.yaml"]
    if not force and (there := [path for path in targets if path.exists()]):
        raise APP023.exception(file=there[0].relative_to(project.root))
    patterns = tuple(dict.fromkeys(_pattern(project, path) for path in files))
    place = files[0].resolve()
    advance(place.name, 0, None, "rows")
    project.store.temp.mkdir(parents=True, exist_ok=True)
    try:
        seen, form = _seen(project, place, thorough=False)
        if form.sampled and seen.odd:
            seen, form = _seen(project, place, thorough=True)
        declared, noticed = dict(form.declared), form.noticed
    except DeliveryRefused as refusal:
        raise APP024.exception(file=place.name, reason=refusal.finding.message, hint=refusal.finding.hint) from refusal
    except OSError as error:
        raise APP024.exception(
            file=place.name, reason=(error.strerror or str(error)).lower(), hint="check the path and the rights"
        ) from error
    if not seen.rows:
        raise APP024.exception(file=place.name, reason="it has no rows", hint="give an export with rows in it")
    found = meaning(seen)
    model = project.model(today(project))
    settings = project.workspace.settings
    setting = Setting(given, patterns, scope, settings.time_zone, settings.currency, *_scopes(model, _first_day(seen, found)))
    made = draft_documents(setting, declared, seen, found)
    written = _write(project, made, targets)
    return Drafted(
        given, tuple(path.name for path in files), declared, seen, found, written, _all_checks(made, seen, form.others), noticed
    )


def _seen(project: Project, place: Path, *, thorough: bool) -> tuple[Profile, Form]:
    temp = project.store.temp
    with formed(place, place.name, temp, thorough=thorough) as form, open_aside(temp, reads=project.workspace.folders) as lake:
        return profile(lake, form, identifying), form


def _first_day(seen: Profile, found: Meaning) -> date | None:
    names = {found.column(role) for role in ("ordered_on", "confirmed_at", "occurred_at")}
    days = [one.least[:10] for one in seen.columns if one.name in names and one.least]
    return date.fromisoformat(min(days)) if days else None


def _scopes(model: Model, first: date | None) -> tuple[dict[str, str], dict[str, str]]:
    """Answers the titles of the scopes that are open today: those that were on the first day of the data, and the others."""
    tree, day = model.tree, model.as_of
    titles = {one: tree.title(one, day) for one in tree.scopes() if tree.is_open(one, day) and one != "group"}
    open_then = {one: title for one, title in titles.items() if tree.is_open(one, first or day)}
    return open_then, {one: title for one, title in titles.items() if one not in open_then}


def _all_checks(made: Draft, seen: Profile, others: int) -> tuple[str, ...]:
    packed = [f"one file of the ZIP was read, and {others:,} more were not: `charter intake try` reads them all"] * bool(others)
    rivals = [
        f"the days in {one.physical} are read as {one.format}; {' or '.join(one.rivals)} fits them as well"
        for one in seen.columns
        if one.rivals
    ]
    misfits = [
        f"{one.misfits:,} values of {one.physical} are no {one.logical}: their rows will be held"
        for one in seen.columns
        if one.misfits
    ]
    odd = [f"{seen.odd:,} lines do not part into columns: they will be held"] * bool(seen.odd)
    return (*packed, *rivals, *misfits, *odd, *made.checks)


def slug(file_name: str) -> str:
    """Answers a name for a source: that of its file, without digits and endings."""
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|json|jsonl|ndjson|parquet|gz|zip|dat)\b", "", file_name.lower())
    words = [word for word in re.split(r"[^a-z]+", plain(stem)) if word]
    return "-".join(words)[:40].strip("-") or "export"


def _pattern(project: Project, path: Path) -> str:
    """Answers the glob for a file, its digits left open: what a folder that fills up will hold next month."""
    place = path.resolve()
    wild = re.sub(r"\d+([-_.]?\d+)*", "*", place.name) if re.search(r"\d", place.stem) else place.name
    root = project.root.resolve()
    if place.is_relative_to(root):
        folder = place.parent.relative_to(root).as_posix()
        return f"../../{folder}/{wild}".replace("/./", "/")
    for label, given in project.workspace.settings.inputs.items():
        text = (os.environ.get(given.env) if given.env else None) or given.default
        if text and place.is_relative_to(base := (root / text).resolve()):
            folder = place.parent.relative_to(base).as_posix()
            return f"{label}:{wild}" if folder == "." else f"{label}:{folder}/{wild}"
    raise APP022.exception(file=path, folder=place.parent)


def _write(project: Project, made: Draft, targets: Iterable[Path]) -> tuple[str, ...]:
    source, contract = targets
    for place, text in ((source, made.source), (contract, made.contract)):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return tuple(path.relative_to(project.root).as_posix() for path in (source, contract))
