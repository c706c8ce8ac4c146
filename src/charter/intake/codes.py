"""The findings and errors of intake: what contracts and mappings say of rows, and what is wrong with the documents."""

from __future__ import annotations

from charter.errors import Code, ContentError, Severity, UnavailableError, UsageError

_ERROR, _NOTE = Severity.ERROR, Severity.NOTE

INT011 = Code(
    "INT011",
    _ERROR,
    "{delivery} breaks the rule {rule} of {contract}: {measured}, it must be {must}",
    "mend the data, or change the rule or its action (`charterAction`) in the contract",
    why="A rule of the set judges the delivery as a whole. It is refused and its rows are counted.",
    example="rowCount mustBeGreaterThan 1000, and 12 rows came",
    mend="Deliver the file again whole; or change the rule, if the world has changed.",
    error=ContentError,
)

INT012 = Code(
    "INT012",
    _ERROR,
    "{delivery}: {rows} rows break the rule {rule} of {contract}, whose action is block",
    "mend these rows, or let the rule quarantine rows instead",
    why="A rule of one row with the action `block` refuses the whole delivery.",
    example="charterAction: block on a required column",
    mend="Mend the rows in the source, or change the action to quarantine.",
    error=ContentError,
)

INT020 = Code(
    "INT020",
    _ERROR,
    "{what} names {ref}, which does not exist",
    "{near}",
    why="An entity without its contract or code list cannot be judged or mapped.",
    example="contract: DataContract:orders, and no document of that name",
    mend="Write the document, or mend the name.",
    error=ContentError,
)

INT021 = Code(
    "INT021",
    _ERROR,
    "{contract} has no schema object {object}; it has: {known}",
    "{near}",
    why="A contract may hold several objects; the entity names the one it delivers.",
    example="object: orderlines while the contract has order_lines",
    mend="Mend `object` of the entity.",
    error=ContentError,
)

INT022 = Code(
    "INT022",
    _ERROR,
    "{what}: {column} is no column of {contract}",
    "{near}",
    why="Only columns that the contract names are read, so that each is judged before it is used.",
    example="key: [order_no] while the contract has order_number",
    mend="Mend the name, or add the column to the contract.",
    error=ContentError,
)

INT023 = Code(
    "INT023",
    _ERROR,
    "{what}: there is no target {target}; there are: {known}",
    "{near}",
    why="Rows can only be mapped to canonical tables.",
    example="targets: {orders: ...} instead of order",
    mend="Use one of the targets that are named.",
    error=ContentError,
)

INT024 = Code(
    "INT024",
    _ERROR,
    "{what}: the target {target} has no column {column}",
    "{near}",
    why="Mapping keys are the columns of the canonical table.",
    example="order: {sold_to: customer} instead of account",
    mend="Mend the name; docs/reference/tables.md lists the columns.",
    error=ContentError,
)

INT025 = Code(
    "INT025",
    _NOTE,
    "{contract}: the rule {rule} is not enforced: {why}",
    "nobody checks it when rows come in; give it a form that can run, or check it by hand",
    why="Rules of type text or custom are for people and other tools. They are never counted as passed.",
    example="quality: [{type: text, description: prices are reviewed monthly}]",
    mend="Write it as a library or sql rule, or leave it as a note.",
)

INT026 = Code(
    "INT026",
    _ERROR,
    "{what} holds a password in plain text",
    "name an environment variable: url: {{env: SHOP_DB_URL}}",
    why="Documents are kept for good and read by many. A secret in one must be thought of as known.",
    example="url: postgresql://reader:geheim@db/shop",
    mend="Put the URL in an environment variable, name it, and change the password.",
    error=ContentError,
)

INT027 = Code(
    "INT027",
    _ERROR,
    "{what}: the list {ref} has no column {column}; it has: {known}",
    "{near}",
    why="A lookup joins the columns in `on` with the list's key, and offers its other columns as `<id>.<column>`.",
    example="key: [region] while the file has the column territory",
    mend="Mend the list's key, or the file.",
    error=ContentError,
)

INT028 = Code(
    "INT028",
    _ERROR,
    "{what}: `on` has {found} columns, the key of {ref} {expected}",
    "give one source column for each key column of the list, in its order",
    why="A lookup matches the columns one by one.",
    example="on: [region] with a list whose key is [country, region]",
    mend="Give as many columns in `on` as the list has in `key`.",
    error=ContentError,
)

INT029 = Code(
    "INT029",
    _ERROR,
    "{ref} has the key {key} in more than one row",
    "keep one row for each key",
    why="A key that stands twice would double the rows that match it.",
    example="two rows for the region Northwest",
    mend="Remove one of the rows.",
    error=ContentError,
)

INT030 = Code(
    "INT030",
    _ERROR,
    "{what}: the target {target} needs {column}",
    "map it",
    why="Without these columns a row of the canonical table says nothing.",
    example="order without document",
    mend="Add the column to the mapping.",
    error=ContentError,
)

INT031 = Code(
    "INT031",
    _ERROR,
    "{what} has neither key nor document",
    "give `key`, or `document` (rows are then told apart by document, content and ordinal)",
    why="Without an identity a file that is delivered twice would be counted twice.",
    example="an entity with files and targets only",
    mend="Name the columns that identify a row, or those that name its document.",
    error=ContentError,
)

INT032 = Code(
    "INT032",
    _ERROR,
    "{what}: {problem}",
    "{near}",
    why="Mappings are expressions over the contract's columns and the lookups' columns.",
    example='net_amount: "amont * 2"',
    mend="Mend the expression.",
    error=ContentError,
)

INT033 = Code(
    "INT033",
    _ERROR,
    "{what}: version needs a first target that keeps it; {target} does not",
    "leave it out: the later delivery then wins",
    why="Which of two versions is newer can only be told if the table keeps the version.",
    example="version: updated_at on an entity whose first target is fx_rate",
    mend="Remove `version`.",
    error=ContentError,
)

INT035 = Code(
    "INT035",
    _ERROR,
    "{what}: there is no connector {type}; there are: {known}",
    "{near}",
    why="How a source is reached is the connector's affair; each registers under a name.",
    example="connection: {type: file} instead of files",
    mend="Use one of the connectors that are named, or install the plug-in that brings it.",
    error=ContentError,
)

INT036 = Code(
    "INT036",
    _ERROR,
    "there is no source {source}",
    "{near}",
    why="The call names a source that no document declares.",
    example="charter run --source aw-sale",
    mend="Use the name of a Source document.",
    error=UsageError,
)

INT037 = Code(
    "INT037",
    _ERROR,
    "{what}: the scope {scope} is not declared",
    "{near}",
    why="Rows that name no scope fall to the source's own.",
    example="scope: market/uk while the tree has market/gb",
    mend="Mend the scope, or declare it in group/.",
    error=ContentError,
)

INT038 = Code(
    "INT038",
    _ERROR,
    "no row {row} of batch {batch} is held",
    "`charter quarantine list` names what is held",
    why="The call asks for a row that is not held.",
    example="charter quarantine show 3f2a 7",
    mend="Take batch and row from the list.",
    error=UsageError,
)

INT040 = Code(
    "INT040",
    _ERROR,
    "the account of {delivery} does not balance: {received} rows came, and {told} are accounted for; nothing of the source was taken in",
    "this is a defect of Charter: please report it, with the source's documents",
    why="Each source row is accepted, unchanged, superseded, excluded or held, exactly once. Numbers from an account that does not "
    "balance would be wrong in a way that nobody sees.",
    example="a delivery of which a row was counted twice",
    mend="Report it. What the run took in from sources before this one stands; of this one and those after it nothing was taken in.",
    error=UnavailableError,
)

INT041 = Code(
    "INT041",
    _ERROR,
    "{delivery} does not fit what {source}/{entity} says: {reason}",
    "mend the expression or format that meets such a value, or have the contract hold the row",
    why="An expression of the mapping, or a format, fails on a value of this delivery. The delivery is refused; the others are taken.",
    example="strptime(day, '%d.%m.%Y') on 31.06.2024",
    mend="Write the expression so that it has no value where it cannot have one (try_cast, case), or add a rule to the contract.",
)

INT042 = Code(
    "INT042",
    _ERROR,
    "{value} is no format of a day: {why}",
    "write it as strptime knows it, such as %d.%m.%Y, or as dd.MM.yyyy",
    why="By a format without day, month or year no date is read, and every row of the delivery would be held.",
    example='dates: "%Q", or `dates: foo`',
    mend="Write the format as the file writes its days, or leave it out: then it is detected.",
)

INT050 = Code(
    "INT050",
    Severity.WARNING,
    "{source}/{entity}: {n} deliveries are no longer there as they came, the last of them {delivery}; it and what came before it stays as "
    "it was taken in",
    "put the files back where they were, and take them in again",
    why="A delivery is taken in again from its file. Where one is gone, those before it cannot be read anew either: they would win over it.",
    example="charter run --again, after last year's exports were archived",
    mend="Put the files back, with the same names and content.",
)

INT060 = Code(
    "INT060",
    Severity.WARNING,
    "{delivery}: {scope} got worse in {rule}: {share}, its best is {best} since {since}; its {held} failing rows of this delivery are held",
    "mend the rows in the source and deliver them again; `charter quarantine ratchets` shows each market's mark",
    why="The rule is a ratchet: rows that break it are taken in while a market's share of them is no worse than the best that it reached.",
    example="charterAction: ratchet on a column that 5 rows of 40 lack, where it were 4 of 40 before",
    mend="Mend the rows. Where the rise is right, let them through with a ContractWaiver, or give the ratchet a tolerance.",
)

INT061 = Code(
    "INT061",
    _ERROR,
    "{contract}: {rule}: {why}",
    "mend `customProperties` of the rule",
    why="An action that a rule cannot have would be left out in silence, and rows would be judged otherwise than they who wrote it think.",
    example="charterAction: ratchet on a rowCount, or charterAction: rachet",
    mend="Give the rule an action that it can have.",
)

INT062 = Code(
    "INT062",
    _ERROR,
    "{waiver}: {source} has no {what} {name}; there is: {known}",
    "{near}",
    why="A waiver that names nothing lets nothing through.",
    example="rule: item:requierd",
    mend="Name an entity of the source, and a rule as `charter quarantine list` does.",
)

INT063 = Code(
    "INT063",
    _ERROR,
    "{waiver}: {rule} cannot be waived: {why}",
    "{near}",
    why="Some rows have no place in any table: nobody can read them, tell them from others, or say where they belong.",
    example="rule: qty:type",
    mend="Mend the rows in the source, or the contract.",
)

INT064 = Code(
    "INT064",
    _ERROR,
    "{waiver} is void: {why}",
    "{near}",
    why="Four eyes and an end: a waiver that its requester approved, or that covers no day, has no effect.",
    example="requester and approver person/ann",
    mend="Let another person approve, and let `expires` be after `from`.",
)

INT065 = Code(
    "INT065",
    _ERROR,
    "{waiver} stands in {place}; {contract} is written in {holder}",
    "move it to {folder}",
    why="The authority that wrote a rule lifts it; a market cannot waive what the group asks of its rows.",
    example="a ContractWaiver in markets/se/ for a contract of group/",
    mend="Move the waiver to the folder of the contract, or above.",
)

INT066 = Code(
    "INT066",
    _NOTE,
    "{waiver} {what}",
    "{near}",
    why="A waiver ends on its day, and rows that come from then on are held again. What came before it ended stays taken in.",
    example="expires: 2027-01-01, asked in 2027",
    mend="Mend the cause, or write another waiver with a new approval. Keep the document: by it old deliveries are read again as they came.",
)

INT067 = Code(
    "INT067",
    Severity.WARNING,
    "{delivery}: {rows} rows that break {rule} are held: {waiver} lets through what comes from {begins} until {expires}, and it came on {came}",
    "a waiver counts by the day on which a delivery came: let another begin earlier, or end later, if those rows should pass",
    why="Rows are judged by the day of the run that first took their delivery, also when it is read again: so that reading again gives the same.",
    example="a waiver from Tuesday, for rows that are held since Monday",
    mend="Give the waiver the day on which the rows came as `from`, with the approver's consent; or write a new one after it has ended.",
)

INT068 = Code(
    "INT068",
    Severity.WARNING,
    "{waiver} waives nothing: {rule} only warns, and holds no row",
    "take the waiver away",
    why="A permission for what is allowed anyway hides that somebody thought otherwise.",
    example="a ContractWaiver for a rule with charterAction: warn",
    mend="Take the waiver away, or let the rule hold rows.",
)

INT069 = Code(
    "INT069",
    _ERROR,
    "{what}: the source has no entity {entity}, so that these totals are compared with nothing",
    "{near}",
    why="A source's totals are compared with what was taken in of the same source. Those of another one are compared with nothing, "
    "and a market that never came would not be missed.",
    example="a Source with totals only: control_total: {entity: \"'orders'\", ...}, and no entity orders beside it",
    mend="Name an entity of this source; or bring the totals by the source whose rows they count.",
)

CODES: tuple[Code, ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("INT") and isinstance(value, Code)
)
