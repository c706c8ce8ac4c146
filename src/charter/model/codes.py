"""The codes of the kernel (KERNEL, section 8), and those that reading adds to them."""

from dataclasses import replace

from charter.errors import Code, ContentError, RefusedError, Severity, UnavailableError, UsageError

_E, _W = Severity.ERROR, Severity.WARNING


def _code(
    number: int, severity: Severity, text: str, hint: str, why: str, example: str, mend: str, error: type = UsageError
) -> Code:
    return Code(f"MOD{number:03d}", severity, text, hint, why, example, mend, error)


def _in_other_words(code: Code, text: str, hint: str | None = None) -> Code:
    """Answers the same code for another case of its meaning; not one of CODES, for it has no page of its own."""
    return replace(code, text=text, hint=code.hint if hint is None else hint)


MOD001 = _code(
    1, _E, "cannot read {file}: {reason}", "answers through this layer are unknown until it is mended",
    "A file that is not YAML, or is too big, too deep or too much aliased, may hold anything: so every answer through its "
    "layer is unknown, never guessed.",
    "markets/de/targets.yaml with an unclosed bracket", "Mend the file at the place named; `charter check` reads it again.",
    ContentError,
)  # fmt: skip
MOD002 = _code(
    2, _E, "{field} is {value}; {kind} allows {allowed}", "{near}",
    "Kinds are typed, so that a misspelt field does not pass as silence.",
    "kind: Metric with a field `taget`", "Write a field that the kind has (docs/reference/kinds.md), with a value of its type.",
)  # fmt: skip
MOD003 = _code(
    3, _E, "folder {folder} belongs to no scope", "{near}",
    "The folder decides a document's layer; a folder without a declared scope stands in no chain, so its documents do nothing.",
    "markets/sweden/ though the tree declares market/se", "Declare the scope in group/, or rename the folder.",
)  # fmt: skip
MOD004 = _code(
    4, _E, "{scope} is declared in {place}; only the group declares scopes", "move the row to {table}",
    "No market may choose its own parent.", "kind: Scope in markets/de/", "Move the declaration to group/.",
)  # fmt: skip
MOD005 = _code(
    5, _E, "no scope {scope}", "{near}",
    "A scope exists once group/ declares it.", "--at market/sw", "Use a declared scope, or declare this one.",
)  # fmt: skip
MOD006 = _code(
    6, _E, "{scope} is not open on {day} (open {begin} to {end})", "add a slice, or end the child first",
    "A scope without a parent in force that day has no chain, so nothing can hold there.",
    "branch/b7 asked for a day before it opened", "Ask for a day on which it is open, or add the slice.",
)  # fmt: skip
MOD007 = _code(
    7, _E, "{scope} has two parents on {day}: {a}, {b}", "end the first with `to`",
    "Two parents would make two answers. A parent is also always of a higher level.",
    "two rows of branch/b7 without `to`", "End the first slice with `to`; give a parent of a strictly higher level.",
)  # fmt: skip
MOD008 = _code(
    8, _E, "{ref} is not Kind:name", "names are lower case, digits, hyphens",
    "A Ref names one document in the whole workspace.", "metadata: {name: My Metric}", "Write the name as `my-metric`.",
)  # fmt: skip
MOD008_SCOPE = _in_other_words(MOD008, "{ref} is not level/name", "scopes are region/x, market/x or branch/x, in lower case")
MOD009 = _code(
    9, _E, "{ref} also stands in {other} on {day}; neither counts", "merge the files, or part them by validFrom and validTo",
    "Two documents of one Ref in one layer on one day are ambiguous; ambiguity yields no value.",
    "two files with Metric:dor in markets/de/", "Merge them, or give them validFrom and validTo that do not overlap.",
)  # fmt: skip
MOD010 = _code(
    10, _E, "{ref} is already declared in {other}", "rename one; a Lock is not overridden, it is narrowed",
    "Scopes, locks, waivers and tests hold where they stand and are never layered.",
    "Lock:targets in group/ and in markets/de/", "Give one of them another name.",
)  # fmt: skip
MOD011 = _code(
    11, _E, "{ref} is at home in {home}, which is not above {scope} on {day}", "visible at: {scopes}",
    "A local document is visible at its home and below.", "Metric:market/se/fill asked at market/de",
    "Ask at a scope below its home, or promote the document.",
)  # fmt: skip
MOD012 = _code(
    12, _E, "{ref} has no document in {home} on {day}", "did you mean {near}? for your own, name it {own}",
    "An override without a base takes no effect; a group document that comes later must not swallow a market's own one.",
    "markets/se/ overrides Metric:drr, and the group has Metric:dor", "Correct the name, or name the document market/se/<name>.",
)  # fmt: skip
MOD013 = _code(
    13, _E, "{path} names {ref}, which does not exist", "{near}",
    "A reference that leads nowhere would be silence where an answer is expected.",
    "contract: DataContract:order", "Write the Ref of a document that exists.",
)  # fmt: skip
MOD014 = _code(
    14, _E, "{path} names {ref}, not visible at {scope} on {day}", "promote it, or refer to one of your own",
    "What is local to one market means nothing in another.", "a group Source that names DataContract:market/se/orders",
    "Promote the document, or refer to one that is visible there.",
)  # fmt: skip
MOD015 = _code(
    15, _E, "{path} is a {above} above, a {here} here", "write the same shape",
    "A value cannot replace a map, nor a map a value: they answer different questions.",
    "spec.terms: 30, where the group has spec.terms.days", "Write the same shape as the layer above.",
)  # fmt: skip
MOD016 = _code(
    16, _E, "{cycle}", "remove one of: {origins}",
    "The kind forbids that its references form a circle.", "a -> b -> a", "Remove one of the references.",
)  # fmt: skip
MOD017 = _code(
    17, _E, "at {scope} from {day}, {path} is {problem}", "set it in {layers}",
    "An override may be partial; what results must be whole.", "a Metric without its definition",
    "Set what is missing, in a layer that may.",
)  # fmt: skip
MOD018 = _code(
    18, _W, "{path} changes nothing: it repeats {holder}'s value under its lock",
    "delete the line: it breaks when the value changes",
    "A write that is not allowed but repeats the inherited value does no harm today, and a violation the day the value changes.",
    "unit: share in markets/de, as the group's", "Delete the line.",
)  # fmt: skip
MOD018_NOTHING = _in_other_words(MOD018, "{path} changes nothing: there is nothing to delete", "delete the line")
MOD020 = _code(
    20, _E, "{path} is locked by {holder} ({rule}); {value} has no effect, {effective} stands",
    "ask {owner} to open it, or for a waiver",
    "The group's values are locked unless a rule opens them; a write that does not pass takes no effect.",
    "spec.unit in markets/de", "Remove the line, or ask the holder for a rule or a waiver.",
)  # fmt: skip
MOD021 = _code(
    21, _W, "{holder} allows {x}; {upper} allows only {y}", "only {y} holds; write that, or remove the rule",
    "Locks meet: a lower lock can only narrow, so what it says beyond the upper one is without effect.",
    "a region allows a minimum of 0.20 under the group's 0.30", "Write the narrower bound, or remove the rule.",
)  # fmt: skip
MOD022 = _code(
    22, _E, "{path} = {value} lies outside {bounds} of {holder}; {effective} stands",
    "choose a value in {bounds}, or ask for a waiver",
    "Values outside a bound are refused, never clamped: no value stands that nobody wrote.",
    "target: 0.25 under min 0.30", "Choose a value inside the bounds, or ask the holder for a waiver.",
)  # fmt: skip
MOD023 = _code(
    23, _W, "{holder} has {value}, and asks others for {bounds}", "change the value or the bounds",
    "Who asks others for a bound should keep it.", "the group's target 0.20 with a lock of min 0.30",
    "Change the value or the bounds.",
)  # fmt: skip
MOD024 = _code(
    24, _E, "{path} is local below {holder}, yet set here", "remove the value, or use mode default",
    "Mode local means: the holder asks, each below answers for itself.", "the group sets what it declared local",
    "Remove the value, or open it with mode default.",
)  # fmt: skip
MOD025 = _code(
    25, _E, "{item} comes from {holder}; it may be added to, not changed", "add an item under a key of your own",
    "Mode extendOnly keeps each item of the holder as it is.", "freight changed in markets/de", "Add an item under a new key.",
)  # fmt: skip
MOD026 = _code(
    26, _E, "{paths} come together; {missing} is not written or was refused", "write all, or none",
    "Values that only make sense together come from one layer.", "terms.days without terms.creditLimit",
    "Write all members of the set, or none.",
)  # fmt: skip
MOD027 = _code(
    27, _E, "{bounds} needs {holder}'s value, which is unset on {day}", "set it at {holder}, or use an absolute bound",
    "A relative bound is anchored at the holder; without an anchor nobody can judge.", "relative: {{max: 5}} with no value above",
    "Set the value at the holder, or use min and max.",
)  # fmt: skip
MOD027_TYPE = _in_other_words(
    MOD027, "{value} is nothing to hold against {bounds}", "write a value of the type that the bounds of {holder} have"
)  # fmt: skip
MOD028 = _code(
    28, _W, "{pattern} matches nothing", "{near}",
    "A lock on nothing protects nothing.", "ref: Metric:digital-order-ration", "Write a Ref, path or scope that exists.",
)  # fmt: skip
MOD029 = _code(
    29, _E, "{person} requested and approved {waiver}", "another person must approve; give expires",
    "Four eyes: a waiver that its requester approved, or that never ends, is void.", "requester and approver person/ann",
    "Let another person approve, and give `expires`.",
)  # fmt: skip
MOD029_UNDATED = _in_other_words(
    MOD029, "{waiver} has no day in `{field}`", "give from and expires, as days such as 2027-01-01"
)  # fmt: skip
MOD030 = _code(
    30, _E, "{waiver} stands in {place}; the lock is held by {holder}", "move it to {folder}",
    "The authority that set a limit lifts it; a market cannot waive for itself.", "a Waiver in markets/se/ for a lock of group/",
    "Move the waiver to the folder of the lock's holder, or above.",
)  # fmt: skip
MOD031 = _code(
    31, _E, "{waiver} expired on {day}; {value} has no effect again", "mend the value, or renew",
    "A waiver ends on its day, and the write that it let through is refused again.", "expires: 2027-01-01, asked in 2027",
    "Mend the value, or renew the waiver with a new approval.",
)  # fmt: skip
MOD032 = _code(
    32, _E, "{waiver} renews {n} times; {allowed} allowed", "change the lock or the value",
    "An exception that is renewed again and again is a rule that nobody wrote.", "a third renewal, or a cycle of renewals",
    "Change the lock or the value.",
)  # fmt: skip
MOD032_CIRCLE = _in_other_words(MOD032, "{waiver} renews itself: {circle}")
MOD032_EARLY = _in_other_words(
    MOD032, "{waiver} begins on {day}, before {before} has ended on {end}", "let it begin on {end} or later"
)  # fmt: skip
MOD033 = _code(
    33, _W, "{waiver} {what}", "renew or remove",
    "A waiver that ends soon needs a decision; one that waives nothing misleads.", "a waiver for a write that is gone",
    "Renew it, or remove it.",
)  # fmt: skip
MOD034 = _code(
    34, _E, "{path} has two values from {day}", "keep one",
    "Dated values need one value on each day: no two entries from one day, `to` after `from`, no overlap, no nesting, no map.",
    "two entries from 2026-01-01", "Keep one entry, or part them by their dates.",
)  # fmt: skip
MOD034_ORDER = _in_other_words(MOD034, "{path} ends on {end}, not after it begins on {day}", "let `to` be after `from`")
MOD034_DAY = _in_other_words(MOD034, "{path} has {day} as a day", "write days as 2026-01-01")
MOD034_NODE = _in_other_words(MOD034, "{path} has {shape} as a dated value", "date the values in it, each by itself")
MOD034_FORM = _in_other_words(
    MOD034, "{path} has an entry without `{field}`", "each entry holds from and value, and else only to, reference, reviewBy"
)  # fmt: skip
MOD034_FIELD = _in_other_words(
    MOD034, "{path} has an entry with `{field}`", "each entry holds from and value, and else only to, reference, reviewBy"
)  # fmt: skip
MOD035 = _code(
    35, _W, "{path} was to be reviewed by {day}", "confirm or change the value, and set a new date",
    "Somebody promised to look at this value again.", "reviewBy: 2026-01-01", "Confirm or change the value, and set a new date.",
)  # fmt: skip
MOD036 = _code(
    36, _E, "no revision by {instant} (first: {first})", "ask for a later time; `charter doctor` checks the log",
    "What was not applied by an instant was not known then; a broken chain of hashes proves nothing.",
    "known at 2020, first apply in 2026", "Ask for a later instant; check the log with `charter doctor`.",
)  # fmt: skip
MOD036_BROKEN = replace(
    _in_other_words(
        MOD036, "revision {number} of the log is broken: {problem}",
        "restore .charter/revisions from a copy; what stands before revision {number} is proved by its hashes",
    ),
    error=ContentError,
)  # fmt: skip

MOD037 = _code(
    37, _E, "{kind}.{path} has items with from and value", "rename a field of the item",
    "Items of a list with both fields could pass for a dated value.", "a plug-in's kind with such a list",
    "Rename one of the item's fields.",
)  # fmt: skip
MOD038 = _code(
    38, _E, "{kind} has no local documents", "ask for promotion, or override what is open",
    "Some kinds mean the same everywhere, and stand in the group only.", "Source:market/se/x where the kind forbids it",
    "Declare it in group/, or override what is open.",
)  # fmt: skip
MOD039 = _code(
    39, _E, "{path} needs the approval of {role}", "`charter apply --as {role}`",
    "A lock may ask for a role's approval of a changed write.", "override: {{roles: [pricing]}}", "Let the role approve.",
)  # fmt: skip
MOD040 = _code(
    40, _E, "{path} holds a secret in plain text", "name an environment variable: {{env: NAME}}",
    "Documents are read by many and kept for good; a secret in one is no secret.", "url: postgresql://shop:pass@host/db",
    "Move the secret to an environment variable, name it with {env: NAME}, and change the secret.",
)  # fmt: skip
MOD041 = _code(
    41, _E, "{path} leads outside the workspace: {file}",
    "keep the file in the workspace, or declare a root in charter.yaml spec.inputs",
    "A document must not make Charter read any file of the machine.", "file: ../../etc/passwd",
    "Put the file into the workspace, or name an input root: `shared:orders.parquet`.", RefusedError,
)  # fmt: skip
MOD042 = _code(
    42, _E, "{file} is not there", "{near}",
    "A document points at a table that cannot be found.", "file: scopse.csv", "Write the path of a file that exists.",
    ContentError,
)  # fmt: skip
MOD043 = _code(
    43, _E, "{ref} has no {path}", "{near}",
    "A path leads to a value that the kind can have.", "charter why Metric:dor spec.tagret", "Write a path that the kind has.",
)  # fmt: skip
MOD044 = _code(
    44, _E, "{ref} does not exist", "{near}",
    "The question names a document that nobody declared.", "charter why Metric:drr spec.target", "Write a Ref that exists.",
)  # fmt: skip
MOD045 = _code(
    45, _E, "nothing was applied: {reason}", "{what}",
    "A plan holds for the revision that it was made against, and the instants of revisions rise strictly.",
    "two people plan against revision 4, and the second applies", "Plan again against what is applied now, and apply that.",
)  # fmt: skip
MOD046 = _code(
    46, _E, "another apply is at work in {folder}", "wait until it has ended, and try again",
    "Revisions are applied one after the other.", "two `charter apply` at once", "Wait for the other one, and apply again.",
    UnavailableError,
)  # fmt: skip
MOD047 = _code(
    47, _E, "{ref} cannot be promoted: {reason}", "{what}",
    "Promotion changes no value in the market that the idea came from; where that cannot be kept, nothing is written.",
    "a local document whose value a lock refuses", "Do what the hint says, and promote again.",
)  # fmt: skip

MOD048 = _code(
    48, _E, "{file} lacks the column {columns}", "{near}",
    "A table is read by the names of its columns; without these no row says anything.", "scopes.csv with `parrent` for `parent`",
    "Write the names of the columns in the first line as docs/reference/kinds.md has them.",
)  # fmt: skip
MOD049 = _code(
    49, _W, "{column} is no column that {kind} reads; it says nothing", "{near}",
    "A misspelt column would pass in silence, and what it says would be missing.", "scopes.csv with `timezone` for `time_zone`",
    "Rename the column, or take it out.",
)  # fmt: skip
MOD050 = _code(
    50, _E, "{value} is no time zone", "an IANA time zone such as Europe/Berlin is allowed; {near}",
    "The day of an order is that of its branch; a zone that nobody knows has no days.", "time_zone Europe/Viena",
    "Write the name as the IANA database has it.",
)  # fmt: skip
MOD051 = _code(
    51, _W, "nothing in {folder}/ is read", "did you mean {near}/?",
    "Documents are read from group/, regions/, markets/, branches/ and tests/.", "market/se/targets.yaml",
    "Rename the folder.",
)  # fmt: skip
MOD052 = _code(
    52, _E, "{path} is the address of a database", "name the environment variable that holds it: {{env: NAME}}",
    "Where a database is differs between machines, and its address is where passwords stand; charter.yaml is the same everywhere.",
    "state: postgresql://db.example/charter", "Put the address into an environment variable, and name that one.",
)  # fmt: skip

CODES = tuple(value for name, value in sorted(globals().items()) if name.startswith("MOD") and len(name) == 6)
