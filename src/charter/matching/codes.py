"""The codes of matching."""

from charter.errors import Code, ContentError, Severity, UnavailableError, UsageError

_E = Severity.ERROR

MAT001 = Code(
    "MAT001", _E, "{ref} is read by nothing", "name it {allowed}, in the group's folder",
    "There is one document for accounts and one for items, and they are found by their names.", "a Matching with another name",
    "Name the document `accounts` or `items`, and put it into group/.",
)  # fmt: skip
MAT002 = Code(
    "MAT002", _E, "{column} is no column by which an {kind} is compared", "{near}",
    "Exact keys name the normalised columns of the records.", "exactKeys: [[taxid]]", "Use a column that docs/reference/kinds.md lists.",
    ContentError,
)  # fmt: skip
MAT003 = Code(
    "MAT003", _E, "no {kind} has the key {key}", "{near}", "A decision is about two accounts, or two items, that the lake knows.",
    "charter match show 4711 4712, where 4712 is not there", "Copy the keys from `charter match list`.", UsageError,
)  # fmt: skip
MAT004 = Code(
    "MAT004", _E, "{one} and {other} were decided to be {what} already, by {by} on {day}: {reason}",
    "`charter match undo {one} {other} --reason` withdraws that; then decide anew",
    "What was decided stands with its reason until it is undone; a second decision would hide the first.",
    "charter match decide 4711 4712 --same, a second time", "Look at `charter match show`; undo the decision where it was wrong.", UsageError,
)  # fmt: skip
MAT005 = Code(
    "MAT005", _E, "it contradicts what was decided: {chain}", "undo one of these first: `charter match undo A B --reason`",
    "Two that are the same as a third are the same. What was decided to be different cannot be linked by other decisions.",
    "A same as B, B same as C, and A different from C", "Find out which of the decisions of the chain is wrong, and undo it.", ContentError,
)  # fmt: skip
MAT006 = Code(
    "MAT006", _E, "nothing was decided about {one} and {other}", "{hint}",
    "Only a decision can be undone. A pair that was accepted by its key or its probability is separated by a decision.",
    "charter match undo 4711 4712, of a pair that was found automatically", "Give `charter match decide A B --different --reason`.", UsageError,
)  # fmt: skip
MAT007 = Code(
    "MAT007", _E, "{one} twice: a decision is about two", "give two keys", "One is the same as itself.", "charter match decide 4711 4711 --same",
    "Copy both keys from `charter match list`.", UsageError,
)  # fmt: skip
MAT008 = Code(
    "MAT008", _E, "the reason is missing", "write it in words that somebody else understands in a year",
    "Decisions are kept for good with their reasons.", 'charter match decide 4711 4712 --same --reason ""', "Say how you know.", UsageError,
)  # fmt: skip
MAT009 = Code(
    "MAT009", _E, "no search for pairs was made yet", "run `charter match` first",
    "The queue and the crosswalk follow from the pairs that a search finds.", "charter match list, in a new workspace", "Run `charter match`.",
    UsageError,
)  # fmt: skip
MAT010 = Code(
    "MAT010", _E, "splink cannot be used: {reason}", "install charter's dependencies again",
    "The probability that two records are the same is worked out by splink.", "an environment in which the package was removed",
    "Install the package with its dependencies.", UnavailableError,
)  # fmt: skip

CODES = (MAT001, MAT002, MAT003, MAT004, MAT005, MAT006, MAT007, MAT008, MAT009, MAT010)
