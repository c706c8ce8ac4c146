"""Files of fixed width: each field by its first place and its width."""

from __future__ import annotations

from pathlib import Path

from charter.intake.connectors.codes import INT002
from charter.intake.connectors.copied import Copied, CopyWriter
from charter.intake.kinds import FileFormat
from charter.intake.refusal import refused

TOO_LONG = "row:width"


def copy_fixed(path: Path, name: str, told: FileFormat, target: Path) -> Copied:
    """Answers a private copy of a UTF-8 file's rows. Blanks around a value are none of it, and a short line has empty fields.

    A line that goes on beyond the last field is held: its fields have moved.
    """
    spans = [(one.start - 1, one.start - 1 + one.width) for one in told.fields]
    end = max(last for _, last in spans)
    empty = True
    with (
        CopyWriter(target, [one.name for one in told.fields], told.nulls) as writer,
        path.open(encoding="utf-8-sig", errors="replace", newline="") as file,
    ):
        for at, line in enumerate(file):
            text = line.rstrip("\r\n\x1a")
            if at < told.skip or not text.strip():
                continue
            empty = False
            if text[end:].strip():
                writer.hold(TOO_LONG, text)
            else:
                writer.write([text[first:last].strip() or None for first, last in spans])
        if empty:
            raise refused(INT002, name)
        return writer.done()
