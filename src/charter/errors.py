"""The two roads of failure, and the one way to write them down.

*The user's content is wrong*: a `Finding`, a value that is collected; loading goes on.
*The call is wrong or the world failed*: a `CharterError`, raised.

Each kind of finding or error is declared once as a `Code` (in the `codes.py` of its room), with its text, its
hint and its documentation; findings and errors are made from it, so that text and docs cannot drift apart.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace


class Severity(enum.StrEnum):
    """How bad a finding is: an error fails `check`, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something stands: file (relative to the workspace), line and column, both from 1.

    For rows of a table, `line` is the row's line in the file (or its row number) and `column` the column's number.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, as a value: what is wrong, where, and what to do about it."""

    code: str
    severity: Severity
    message: str
    origin: Origin | None = None
    hint: str | None = None
    layer: str | None = None
    related: tuple[Origin, ...] = ()

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Answers in which order findings are shown: by place, then code, then text."""
        origin = self.origin or Origin("", 0, 0)
        return (origin.file, origin.line, origin.column, self.code, self.message)


class CharterError(Exception):
    """The call is wrong, or the world failed. Faces map the subclasses to exit codes and statuses."""

    def __init__(self, code: str, message: str, *, origin: Origin | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.origin = origin
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        tail = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}error {self.code} {self.message}{tail}"


class UsageError(CharterError):
    """The caller asked for something that does not exist or cannot be: call again, corrected."""


class ContentError(CharterError):
    """The documents or the data do not allow an answer: mend the content."""


class UnavailableError(CharterError):
    """The world failed (a lock is held, a disk is full, a database went away): try again, or ask who runs it."""


class RefusedError(CharterError):
    """It is forbidden: the sandbox, a policy or a safety limit says no."""


class _Fields(dict[str, object]):
    """Keeps a missing field visible as `<field>`, instead of raising in an error path."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


@dataclass(frozen=True, slots=True)
class Code:
    """One documented kind of finding or error. `text` and `hint` hold `{fields}`.

    `why`, `example` and `mend` are what its page in docs/reference/codes says; codes are never reused.
    """

    code: str
    severity: Severity
    text: str
    hint: str
    why: str = ""
    example: str = ""
    mend: str = ""
    error: type[CharterError] = field(default=UsageError)

    def finding(
        self,
        origin: Origin | None = None,
        *,
        layer: str | None = None,
        related: Iterable[Origin] = (),
        hint: str | None = None,
        severity: Severity | None = None,
        **fields: object,
    ) -> Finding:
        """Answers the finding for this place, with the fields (and the layer) filled in."""
        told = _Fields(fields if layer is None else {"layer": layer, **fields})
        return Finding(
            code=self.code,
            severity=severity or self.severity,
            message=self.text.format_map(told),
            origin=origin,
            hint=hint if hint is not None else (self.hint.format_map(told) or None),
            layer=layer,
            related=tuple(related),
        )

    def exception(self, origin: Origin | None = None, *, hint: str | None = None, **fields: object) -> CharterError:
        """Answers the error to raise, of the subclass that this code declares."""
        message = self.text.format_map(_Fields(fields))
        told = hint if hint is not None else (self.hint.format_map(_Fields(fields)) or None)
        return self.error(self.code, message, origin=origin, hint=told)


def did_you_mean(word: str, known: Iterable[str], limit: int = 1) -> str | None:
    """Answers the known word nearest to `word` (ready to print), or None if nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=limit, cutoff=0.6)
    return " or ".join(near) if near else None


def nearest_hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """Answers `did you mean x?`, or `otherwise` if nothing is near."""
    near = did_you_mean(word, known)
    return f"did you mean {near}?" if near else otherwise


def in_layer(finding: Finding, layer: str) -> Finding:
    """Answers the same finding, told to stand in `layer`."""
    return replace(finding, layer=layer)
