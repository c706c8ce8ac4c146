"""The codes of the state."""

from charter.errors import Code, Severity, UnavailableError

STA001 = Code(
    "STA001", Severity.ERROR, "the operational database does not answer: {reason}", "`charter doctor` looks for the cause",
    "Acceptances and approvals are kept in a database of their own.", "a full disk below .charter/",
    "Make room, mend the rights, or start the database; then run the command again.", UnavailableError,
)  # fmt: skip

CODES = (STA001,)
