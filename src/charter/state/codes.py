"""The codes of the state."""

from charter.errors import Code, Severity, UnavailableError

STA001 = Code(
    "STA001", Severity.ERROR, "the operational database does not answer: {reason}", "`charter doctor` looks for the cause",
    "Acceptances and approvals are kept in a database of their own.", "a full disk below .charter/",
    "Make room, mend the rights, or start the database; then run the command again.", UnavailableError,
)  # fmt: skip

STA002 = Code(
    "STA002", Severity.ERROR, "others wrote to the same task at the same time, {n} times in a row", "run the command again",
    "Two who write the same line take turns; whoever comes second writes on what is there by then.",
    "a loop that comments on one task from many processes", "Run the command again; if it stays so, find what writes all the time.",
    UnavailableError,
)  # fmt: skip

CODES = (STA001, STA002)
