"""Beginning a workspace: a small, commented model that passes `check`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from zoneinfo import available_timezones

from charter.app.codes import APP011
from charter.errors import nearest_hint


def init(folder: Path, *, name: str | None, currency: str, time_zone: str) -> list[str]:
    """Writes the template into `folder`, leaving files alone that are there; answers what was done, line by line.

    Raises UsageError for a currency or a time zone that no standard knows.
    """
    if not re.fullmatch("[A-Za-z]{3}", currency):
        raise APP011.exception(field="--currency", value=currency, near="three letters are allowed (ISO 4217), such as EUR")
    if time_zone not in available_timezones():
        alike = [zone for zone in available_timezones() if time_zone.casefold() in zone.casefold().split("/")]
        near = (
            f"did you mean {sorted(alike)[0]}?"
            if alike
            else nearest_hint(time_zone, available_timezones(), "such as Europe/Berlin")
        )
        raise APP011.exception(field="--time-zone", value=time_zone, near=near)
    title = name or folder.resolve().name
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63] or "workspace"
    values = {"name": slug, "title": title, "currency": currency.upper(), "time_zone": time_zone}
    said = []
    for path, source in sorted(_template(files("charter.app") / "template", Path())):
        target = folder / path
        if target.exists():
            said.append(f"kept    {target}")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text(encoding="utf-8")).safe_substitute(values), encoding="utf-8")
        said.append(f"wrote   {target}")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text(".charter/\n", encoding="utf-8")
        said.append(f"wrote   {ignore}")
    return [*said, f"next: cd {folder} && charter check"]


def _template(place: Traversable, below: Path) -> Iterator[tuple[Path, Traversable]]:
    for entry in place.iterdir():
        if entry.is_dir():
            yield from _template(entry, below / entry.name)
        else:
            yield below / entry.name, entry
