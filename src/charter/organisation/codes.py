"""The codes of the organisation."""

from charter.errors import Code, ContentError, Severity, UsageError

_E, _W = Severity.ERROR, Severity.WARNING

ORG001 = Code(
    "ORG001", _W, "{object} has nobody accountable at {scope} on {day}", "name one in an Ownership or an OwnershipTable",
    "What nobody answers for, nobody mends: a vacancy uncertifies the number and leaves breaches without a name.",
    "a Metric without a row in owners.csv", "Add a row with role accountable, in force on that day.",
)  # fmt: skip
ORG002 = Code(
    "ORG002", _E, "{object} has two accountable at {scope} on {day}: {a}, {b}", "end one of them with `to`",
    "Exactly one person is accountable; two are none.", "two rows without `to`", "End the first row on the day that the second begins.",
)  # fmt: skip
ORG003 = Code(
    "ORG003", _W, "{person} answers for {object} at {scope}, and left on {day}", "name a successor from that day",
    "An owner who left is a vacancy that looks like an owner.", "a person whose row in people.csv has ended",
    "Add a row for the successor, and end this one.",
)  # fmt: skip
ORG005 = Code(
    "ORG005", _E, "{row} speaks for {scope}, which is not {layer} or below it", "move the row to the folder of {scope}, or above it",
    "A layer gives ownerships for itself and below, never for others.", "markets/de/owners.csv with scope market/se",
    "Move the row to the right folder.",
)  # fmt: skip
ORG006 = Code(
    "ORG006", _E, "{person} is in no table of people", "{near}",
    "Owners are people who exist: a name that nobody has is a vacancy.", "person/anne, and the table has person/ann",
    "Write a person of the table, or add the person.",
)  # fmt: skip
ORG007 = Code(
    "ORG007", _E, "{object} is no document", "{near}", "Ownership is of something that the model has.", "Metric:dorr",
    "Write the Ref of a document that exists.",
)  # fmt: skip
ORG008 = Code(
    "ORG008", _E, "role {role} is not known", "accountable and responsible are", "One person is accountable, any number responsible.",
    "role: owner", "Write accountable or responsible.",
)  # fmt: skip
ORG009 = Code(
    "ORG009", _E, "{person} is not named for {object} at {scope} on {day}", "{near}",
    "Only what the documents give can be accepted, and only by the person named.", "charter accept person/bo Metric:dor",
    "Name the person in the documents first, or let the named person accept.", error=UsageError,
)  # fmt: skip
ORG010 = Code(
    "ORG010", _E, "{field} is {value}; a day such as 2026-01-01 is allowed", "write year-month-day",
    "Ownership is dated.", "from: 1.1.2026", "Write the day as year-month-day.", error=ContentError,
)  # fmt: skip
ORG011 = Code(
    "ORG011", _E, "no scope {scope}", "{near}", "Ownership is at a scope that the tree declares.", "market/sw", "Write a declared scope.",
)  # fmt: skip

ORG012 = Code(
    "ORG012", _E, "{person}, who {did} {waiver}, is in no table of people", "{near}",
    "A waiver is asked for and granted by people who exist; one that nobody granted protects nobody.", "approver: person/bo, and the table has person/bob",
    "Write a person of the table, or add the person.",
)  # fmt: skip

CODES = (ORG001, ORG002, ORG003, ORG005, ORG006, ORG007, ORG008, ORG009, ORG010, ORG011, ORG012)
