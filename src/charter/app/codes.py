"""The codes of the use cases."""

from charter.errors import Code, ContentError, RefusedError, Severity, UnavailableError

APP001 = Code(
    "APP001",
    Severity.ERROR,
    "--format is {form}; text, json and sarif are allowed",
    "write --format sarif for editors and code hosts",
    why="Findings are told in one of three forms.",
    example="charter check --format xml",
    mend="Choose text, json or sarif.",
)
APP002 = Code(
    "APP002",
    Severity.ERROR,
    "no charter.yaml in {folder} or above it",
    "go to the workspace, name it with --workspace, or begin one with `charter init`",
    why="A workspace is a folder with a charter.yaml; commands need to know which one is meant.",
    example="cd /tmp && charter check",
    mend="Run the command inside the workspace, or give --workspace FOLDER, or run `charter init FOLDER`.",
)
APP003 = Code(
    "APP003",
    Severity.ERROR,
    "{text} is not a day; days are written 2026-09-01",
    "write year-month-day",
    why="Days are ISO 8601 dates everywhere, so that no country's order of day and month is guessed.",
    example="charter why Metric:dor spec.target --as-of 1.9.2026",
    mend="Write the day as year-month-day.",
)
APP004 = Code(
    "APP004",
    Severity.ERROR,
    "errors that a run stands on: {n}; nothing was taken in",
    "`charter check` lists them with their places",
    why="Sources, contracts and metrics with errors would give numbers that nobody can explain. A run does not start.",
    example="charter run, with a mapping that names an unknown column",
    mend="Run `charter check`, mend what it says about sources, contracts and metrics, and run again.",
    error=ContentError,
)
APP005 = Code(
    "APP005",
    Severity.ERROR,
    "no source is named {name}",
    "{near}",
    why="`run` takes names of Source documents.",
    example="charter run erp-dee",
    mend="Use a name that `charter show Source` lists.",
)
APP006 = Code(
    "APP006",
    Severity.ERROR,
    "no batch begins with {batch}{row}",
    "`charter quarantine list` shows what is held",
    why="What is held is found by its batch, and one row of it by its number in the delivery.",
    example="charter quarantine show abc 7",
    mend="Copy the batch and the row's number from `charter quarantine list`.",
)
APP007 = Code(
    "APP007",
    Severity.ERROR,
    "{folder} is not empty and holds no demo",
    "name a new folder with --folder",
    why="The demo writes a whole workspace and must not mix with files of yours.",
    example="charter demo --folder .",
    mend="Give --folder a folder that does not exist, or one that an earlier demo made.",
)
APP008 = Code(
    "APP008",
    Severity.ERROR,
    "{ref} is not Kind:name, and no kind either",
    "{near}",
    why="`show` takes a Ref, or a kind for the list of its documents.",
    example="charter show metric",
    mend="Write the kind as it stands in the documents, such as Metric or Metric:digital-order-ratio.",
)
APP009 = Code(
    "APP009",
    Severity.ERROR,
    "the period is missing, and no month is complete yet",
    "give --period 2013-06",
    why="Without --period the last whole month with data is meant.",
    example="charter number digital-order-ratio on an empty lake",
    mend="Run `charter run` first, or give --period.",
)
APP010 = Code(
    "APP010",
    Severity.ERROR,
    "{metric} has no worklist",
    "charter number {of} --worklist",
    why="A worklist names the accounts whose manual orders could have been digital; it belongs to the digital order ratio.",
    example="charter number order-count --worklist",
    mend="Ask for the worklist of digital-order-ratio.",
)
APP011 = Code(
    "APP011",
    Severity.ERROR,
    "{field} {value} is not known",
    "{near}",
    why="Money is kept in the group's home currency and days are told by its time zone: both are named by their standards.",
    example="charter init --time-zone Berlin",
    mend="Give a currency by its three letters (ISO 4217, such as EUR), and a time zone by its IANA name (such as Europe/Berlin).",
)
APP012 = Code(
    "APP012",
    Severity.ERROR,
    "{n} batches with that row begin with {batch}: {named}",
    "give more of the id",
    why="The beginning of a batch's id is enough only where it is the beginning of one.",
    example="charter quarantine show a 7",
    mend="Copy the batch from `charter quarantine list`.",
)
APP013 = Code(
    "APP013",
    Severity.ERROR,
    "{text} is not an instant; instants are written 2026-09-01T12:00Z, or as a day",
    "write the day, or the day and the time with its offset",
    why="What was known is asked as of an instant: a revision holds from the second in which it was applied.",
    example="charter why Metric:dor spec.target --known-at yesterday",
    mend="Write 2026-09-01 (its last second), 2026-09-01T12:00 (in the group's time zone) or 2026-09-01T12:00+02:00.",
)
APP014 = Code(
    "APP014",
    Severity.ERROR,
    "the plan in {file} is of other documents: {reason}",
    "plan again, look at it, and apply that",
    why="What was looked at and approved is what is applied: a saved plan names the revision and the draft that it compares.",
    example="charter apply plan.json after a further edit",
    mend="Run `charter plan --out FILE` again, read it, and apply it.",
    error=RefusedError,
)
APP015 = Code(
    "APP015",
    Severity.ERROR,
    "errors that a revision cannot stand on: {n}; mend them first",
    "`charter check` lists them with their places",
    why="What is applied binds everyone: documents that cannot be read, or that a run would stop at, are mended first.",
    example="charter apply, with a metric that names an unknown standard",
    mend="Run `charter check`, mend what it says, and apply again.",
    error=ContentError,
)
APP016 = Code(
    "APP016",
    Severity.ERROR,
    "approvals are missing: {missing}; nothing was applied",
    "`charter apply --as {role}`",
    why="A lock lets these values change, with the approval of a role. Files do not prove who wrote them; `apply` asks.",
    example="charter apply, with a changed discount that pricing must approve",
    mend="Have somebody with that role look at `charter plan`, and apply with --as ROLE for each.",
    error=RefusedError,
)
APP017 = Code(
    "APP017",
    Severity.ERROR,
    "nothing was applied: it was not confirmed",
    "answer yes, or give --yes where nobody can answer",
    why="Applying binds everyone who measures by this workspace.",
    example="charter apply in a script, without --yes",
    mend="Run `charter plan`, look at it, and give --yes.",
    error=RefusedError,
)
APP018 = Code(
    "APP018",
    Severity.ERROR,
    "nothing is held of {field} {value}",
    "{near}",
    why="A name that is misspelt must not look like good news.",
    example="charter quarantine list --source navison",
    mend="Use the source and the rule as `charter quarantine list` prints them.",
)
APP019 = Code(
    "APP019",
    Severity.ERROR,
    "the reason is missing",
    "give --reason with what was found out",
    why="Who dismisses a held row takes it out of what the numbers say they lack; the reason stands beside it for good.",
    example='charter quarantine dismiss 98154b65ed79 103 --reason ""',
    mend="Say why the rows will not come again, and where that was settled.",
)
APP900 = Code(
    "APP900",
    Severity.ERROR,
    "a defect of Charter: {what}",
    "run again with CHARTER_DEBUG=1 and report what it prints",
    why="An error came up that the code does not know how to tell. What was not committed has not taken effect.",
    example="any command that meets a defect",
    mend="Run the command with CHARTER_DEBUG=1, and report the trace with the command.",
    error=UnavailableError,
)

APP020 = Code(
    "APP020",
    Severity.ERROR,
    "the plan {file} cannot be read: {reason}",
    "name a file that `charter plan --out FILE` wrote",
    why="`apply FILE` applies just what a saved plan compares; without the plan nobody knows what was looked at.",
    example="charter apply plan.jsn",
    mend="Name the file that `charter plan --out` wrote, or apply the draft as it is: `charter apply`.",
)
APP021 = Code(
    "APP021",
    Severity.ERROR,
    "batch {batch} holds no row any more, and was not refused",
    "`charter quarantine list` shows what is held",
    why="Only rows that are held, or a delivery that was refused, can be dismissed.",
    example="charter quarantine dismiss 98154b65ed79 --reason ..., a second time",
    mend="Nothing needs doing: what was held of it came mended, or was dismissed before.",
)

APP022 = Code(
    "APP022",
    Severity.ERROR,
    "{file} lies where nothing may be read",
    "put it into the workspace (exports/), or declare its folder in charter.yaml: spec: {{inputs: {{exports: {{default: {folder}}}}}}}",
    why="Only the workspace and the folders that charter.yaml declares are read, so that no document can make Charter read anything else.",
    example="charter intake draft ~/Downloads/orders.csv",
    mend="Copy the file into the workspace, or declare its folder under spec.inputs in charter.yaml.",
)
APP023 = Code(
    "APP023",
    Severity.ERROR,
    "{file} is there already",
    "give --name for another source, or --force to write it anew",
    why="A draft is edited after it was written; writing it again would lose that.",
    example="charter intake draft exports/orders.csv, a second time",
    mend="Give another --name, or --force.",
)
APP024 = Code(
    "APP024",
    Severity.ERROR,
    "no draft can be made of {file}: {reason}",
    "{hint}",
    why="A draft needs rows that can be read.",
    example="charter intake draft exports/empty.csv",
    mend="Mend what is said of the file, or give another one.",
    error=ContentError,
)
APP030 = Code(
    "APP030",
    Severity.ERROR,
    "--keep-days is {days}; 0 or more is allowed",
    "leave it out for 7 days",
    why="Snapshots younger than so many days stay readable; the newest one always stays.",
    example="charter maintain --keep-days -1",
    mend="Give 0 (only the newest) or more.",
)
APP031 = Code(
    "APP031",
    Severity.ERROR,
    "{what} is nothing that can be exported",
    "{near}",
    why="What is exported is a table of the lake, a number or a scorecard.",
    example="charter export fact_ordr --to orders.csv",
    mend="Use a name that `charter export` lists, or `number METRIC`, or `scorecard`.",
)
APP032 = Code(
    "APP032",
    Severity.ERROR,
    "the form of {file} is not known: {form}",
    "name the file *.parquet, *.csv or *.xlsx, or give --format",
    why="Files are written as Parquet, CSV or XLSX; the ending says which, where --format does not.",
    example="charter export fact_order --to orders.xls",
    mend="Use one of the three endings, or --format parquet, csv or xlsx.",
)
APP033 = Code(
    "APP033",
    Severity.ERROR,
    "{file} is there already",
    "name another file, or give --force to replace it",
    why="An export does not overwrite what somebody may have worked on.",
    example="charter export fact_order --to orders.xlsx, a second time",
    mend="Name another file, or give --force.",
    error=RefusedError,
)
APP034 = Code(
    "APP034",
    Severity.ERROR,
    "{file} cannot be written: {reason}",
    "name a file in a folder that is there and in which you may write; nothing was left half written",
    why="An export is written beside its place under another name, and gets its own when it is whole.",
    example="charter export fact_order --to /no/such/folder/orders.csv",
    mend="Make the folder or room on its disk, mend its rights, or name another place.",
    error=UnavailableError,
)
APP035 = Code(
    "APP035",
    Severity.ERROR,
    "{table} tells of persons, and is not exported without being asked for",
    "give --with-personal-data if you may have it",
    why="Identities leave the lake only where somebody says so.",
    example="charter export dim_person --to people.csv",
    mend="Do without, or give --with-personal-data and keep the file as the law and your works council want it kept.",
    error=RefusedError,
)
APP036 = Code(
    "APP036",
    Severity.ERROR,
    "{option} does not go with {what}{reason}",
    "leave {option} out",
    why="Rows are chosen by a day and a scope only where a table has one; numbers have a period instead.",
    example="charter export cube_component --from 2024-01-01 --to components.csv",
    mend="Leave the option out; `charter export` lists which tables have a day and a scope.",
)
APP037 = Code(
    "APP037",
    Severity.ERROR,
    "{scope} is no scope that the lake knows",
    "{near}",
    why="Rows are chosen by the scopes of dim_scope, which a run writes from the organisation's documents.",
    example="charter export fact_order --at market/sweden --to orders.csv",
    mend="Use a scope of the organisation; `charter export dim_scope --to scopes.csv` lists them.",
)

APP050 = Code(
    "APP050",
    Severity.ERROR,
    "nothing was applied yet, and a closed number keeps the revision that it was counted by",
    "`charter apply`, then close",
    why="A closed number names the revision of the model for good; without one nobody could say later what held.",
    example="charter close 2026-10, before the first charter apply",
    mend="Look at `charter plan`, apply, and close.",
)
APP051 = Code(
    "APP051",
    Severity.ERROR,
    "{period} cannot be closed; a month, a quarter or a year can",
    "write it as 2026-10, 2026-Q4 or 2026",
    why="Reviews and pay go by months, quarters and years.",
    example="charter close 2026-10-07",
    mend="Close the month.",
)
APP052 = Code(
    "APP052",
    Severity.ERROR,
    "{period} is not over before {day}",
    "close it from {day} on; until then its numbers are provisional",
    why="Orders may still come in, so that its numbers are not what they will be.",
    example="charter close 2026-11, on 25 November",
    mend="Wait until it is over and its metrics are mature: `charter close PERIOD --dry-run` says when.",
)
APP053 = Code(
    "APP053",
    Severity.ERROR,
    "no metric {metric} is declared",
    "{near}",
    why="Only metrics that the revision in force holds can be closed.",
    example="charter close 2026-10 --metric digital-order-rate",
    mend="Use a name that `charter show Metric` lists.",
)
APP054 = Code(
    "APP054",
    Severity.ERROR,
    "{metric} for {period} is provisional until {day}",
    "close it from {day} on; leave --metric out to close those that are mature",
    why="A metric closes when it is mature: a case that is reopened within 14 days still moves its month, for instance.",
    example="charter close 2026-10 --metric time-to-resolution, on 3 November",
    mend="Wait until that day.",
)
APP055 = Code(
    "APP055",
    Severity.ERROR,
    "revision {revision}, by which {period} was closed, is not in the log of revisions",
    "the closed numbers stand; bring back .charter/revisions from a copy to see by what they differ from today's",
    why="Closed numbers need no revision to be read; but what late rows alone changed is worked out by the model of then.",
    example="The folder .charter/revisions was deleted.",
    mend="Restore the folder from a copy; `charter doctor` says whether its chain is whole.",
    error=UnavailableError,
)
APP056 = Code(
    "APP056",
    Severity.ERROR,
    "a close cannot be undone, and nobody said yes",
    "look at `charter close {period} --dry-run`, then give --yes",
    why="A closed number keeps its value for good. Without a terminal nobody can be asked.",
    example="charter close 2026-10, in a script",
    mend="Give --yes.",
    error=RefusedError,
)

APP057 = Code(
    "APP057",
    Severity.ERROR,
    "nothing was counted in {period}, so that there is nothing to close",
    "close a period that deliveries tell of",
    why="A close cannot be undone; one of a period before the first data, or before a late export, would keep it empty for good.",
    example="charter close 1999-01",
    mend="Take in what tells of the period first.",
)
APP060 = Code(
    "APP060",
    Severity.ERROR,
    "--within is {hours} hours; 1 to {most} are allowed",
    "leave it out for 96 hours, which are three business days",
    why="An order that failed is keyed again within days; after a month everything that repeats would look like a copy.",
    example="charter suspects rekeyed --within 0",
    mend="Give whole hours between 1 and 744, or leave --within out.",
)

APP058 = Code(
    "APP058",
    Severity.ERROR,
    "the environment variable {name} is not set",
    "charter.yaml names it in {setting}: set it, and run the command again",
    why="Addresses with passwords, and keys, come from the environment alone; without them it is not known where the data lies.",
    example="spec.store.catalog: {env: CHARTER_CATALOG}, in a shell where nobody exported it",
    mend="Export the variable where Charter runs, such as in the unit of the nightly run.",
    error=UnavailableError,
)

APP062 = Code(
    "APP062",
    Severity.ERROR,
    "the cube is behind the facts: {n} cells and cases are due",
    "`charter run` counts them; then do this again",
    why="With engine: spark facts are committed before they are counted. What copies or compares facts and cube waits until both are of one state.",
    example="charter close, after a run whose Spark was killed",
    mend="Run `charter run`, which needs no new delivery for it.",
    error=UnavailableError,
)

APP064 = Code(
    "APP064",
    Severity.ERROR,
    "{kind} is not matched",
    "{near}",
    why="Accounts and items are matched, each by its own columns.",
    example="charter.app.match.find(project, kinds=('person',))",
    mend="Name account or item.",
)
APP065 = Code(
    "APP065",
    Severity.ERROR,
    "{given}: say whether the two are the same or different",
    "give one of --same and --different",
    why="A decision is one of the two.",
    example="charter match decide 4711 4712 --reason x",
    mend="Give --same or --different.",
)
APP066 = Code(
    "APP066",
    Severity.ERROR,
    "{folder} holds another demo group ({made})",
    "--folder puts this one beside it; --again makes it in its place, and what was changed there goes",
    why="People try things in a demo; another size or seed must not take that away unasked.",
    example="charter demo --orders 5000, where the demo of 200,000 orders is",
    mend="Name another folder with --folder, or give --again.",
)
APP067 = Code(
    "APP067",
    Severity.ERROR,
    "{folder} cannot be written: {reason}",
    "name a folder of yours with --folder",
    why="The demo writes a whole workspace.",
    example="charter demo --folder /etc/passwd",
    mend="Name a folder that you may write to, on a disk with room.",
)

CODES: tuple[Code, ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("APP") and isinstance(value, Code)
)
