"""JSON and JSON Lines: the list that holds the rows, nested fields by their path, and a row for each entry of an inner list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from charter.errors import nearest_hint
from charter.intake.connectors.codes import INT002, INT004, INT046, INT047
from charter.intake.connectors.copied import Copied, CopyWriter
from charter.intake.kinds import FileFormat
from charter.intake.refusal import refused

NO_ROW = "row:json"
_DEPTH = 100
_LOOKED_AT = 1 << 20
_SHOWN = 5


class _Broken(Exception):
    """What stands in a line of JSON Lines and is no object."""


def copy_json(path: Path, name: str, told: FileFormat, wanted: Sequence[str], target: Path) -> Copied:
    """Answers a private copy of the rows, with the wanted fields as columns (without any: all fields that are there).

    A field is named by its path (`customer.id`); what lies deeper than is asked for stands as JSON. Of JSON Lines, a line that
    is no object is held; a JSON document that is broken is refused, for nobody knows what is missing.
    """
    if path.stat().st_size == 0:
        raise refused(INT002, name)
    lines = told.type == "jsonl"
    place = "" if lines else told.rows if told.rows is not None else _list_of_rows(path, name)
    found = list(wanted) or _fields(_records(path, name, lines, place), told.explode)
    with CopyWriter(target, found, told.nulls, told.decimal or ".") as writer:
        for record in _records(path, name, lines, place):
            if isinstance(record, str):
                writer.hold(NO_ROW, record)
                continue
            for flat in _exploded(record, told.explode):
                writer.write([field(flat, column) for column in found])
        extra = [f"rows {place}"] if place and told.rows is None else []
        return writer.done(detected=extra)


def _records(path: Path, name: str, lines: bool, place: str) -> Iterator[dict[str, Any] | str]:
    """Yields the objects; a text for what is none."""
    return _of_lines(path) if lines else _of_document(path, name, place)


def _of_lines(path: Path) -> Iterator[dict[str, Any] | str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
        for line in file:
            if line.strip():
                try:
                    yield _object(line)
                except _Broken:
                    yield line.rstrip("\r\n")


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise _Broken from error
    if not isinstance(found, dict):
        raise _Broken
    return found


def _of_document(path: Path, name: str, place: str) -> Iterator[dict[str, Any] | str]:
    import ijson

    seen = False
    try:
        with path.open("rb") as file:
            _skip_mark(file)
            for one in ijson.items(file, f"{place}.item" if place else "item"):
                seen = True
                yield one if isinstance(one, dict) else json.dumps(one, default=str)
    except ijson.JSONError as error:
        raise refused(INT004, name, what=f"it is broken: {str(error).splitlines()[0]}", format="JSON") from None
    if not seen and place and place not in (known := _lists(path, name)):
        near = nearest_hint(place, known, "name one of them under `format.rows`")
        raise refused(INT047, name, what="list", name=place, known=", ".join(known) or "no list of objects", near=near)


def _skip_mark(file: Any) -> None:
    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)


def _list_of_rows(path: Path, name: str) -> str:
    """Answers the path of the list that holds the rows: the document itself, else the only list of objects in it."""
    known = _lists(path, name)
    if "" in known or not known:
        return ""
    outer = [one for one in known if not any(one.startswith(f"{other}.") for other in known if other != one)]
    if len(outer) > 1:
        raise refused(INT046, name, found=f"{len(outer)} lists", names=", ".join(outer[:_SHOWN]), setting=f"rows: {outer[0]}")
    return outer[0]


def _lists(path: Path, name: str) -> list[str]:
    """Answers the paths of the lists of objects that stand in the beginning of a document, inner ones of rows left out."""
    import ijson

    found: dict[str, None] = {}
    try:
        with path.open("rb") as file:
            _skip_mark(file)
            for prefix, event, _ in ijson.parse(file):
                if event == "start_map" and (prefix == "item" or prefix.endswith(".item")):
                    place = prefix.removesuffix("item").removesuffix(".")
                    if ".item" not in f".{place}":
                        found[place] = None
                if file.tell() > _LOOKED_AT and found:
                    break
    except ijson.JSONError as error:
        raise refused(INT004, name, what=f"it is broken: {str(error).splitlines()[0]}", format="JSON") from None
    return list(found)


def _exploded(record: Mapping[str, Any], explode: str | None) -> Iterator[Mapping[str, Any]]:
    """Yields the record; with `explode`, once for each entry of that list, which then stands in the list's place."""
    if not explode:
        yield record
        return
    entries = _at(record, explode.split("."))
    if not isinstance(entries, list) or not entries:
        yield _replaced(record, explode.split("."), None)
        return
    for entry in entries:
        yield _replaced(record, explode.split("."), entry)


def _replaced(record: Mapping[str, Any], place: Sequence[str], entry: Any) -> Mapping[str, Any]:
    key, rest = place[0], place[1:]
    inner = record.get(key)
    return {**record, key: _replaced(inner, rest, entry) if rest and isinstance(inner, dict) else entry}


def field(record: Mapping[str, Any], name: str) -> Any:
    """Answers a field by its path: a key that is written with dots goes first."""
    value = record[name] if name in record else _at(record, name.split("."))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _at(record: Any, place: Sequence[str]) -> Any:
    for key in place:
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def _fields(records: Iterable[dict[str, Any] | str], explode: str | None) -> list[str]:
    """Answers the paths of all fields, in the order in which they come first."""
    found: dict[str, None] = {}
    for record in records:
        if not isinstance(record, str):
            for flat in _exploded(record, explode):
                found.update(dict.fromkeys(_paths(flat)))
    return list(found)


def _paths(record: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[str]:
    for key, value in record.items():
        if isinstance(value, dict) and value and depth < _DEPTH:
            yield from _paths(value, f"{before}{key}.", depth + 1)
        else:
            yield f"{before}{key}"
