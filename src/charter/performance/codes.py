"""The findings and errors of performance: PRF."""

from __future__ import annotations

from charter.errors import Code, ContentError, Severity, UnavailableError, UsageError

PRF001 = Code(
    "PRF001",
    Severity.ERROR,
    "no metric {metric} at {scope}",
    "{near}",
    why="A number was asked for by a name that no Metric document has, or that is not visible at that scope.",
    example="`charter number digital-order-rate`, where the metric is called digital-order-ratio",
    mend="Use a name that `charter show Metric` lists; a standard definition must be declared before it is asked for.",
)
PRF002 = Code(
    "PRF002",
    Severity.ERROR,
    "the metric {metric} does not hold at {scope}: its document breaks its kind there",
    "`charter check` says what is wrong with it",
    why="The layers of the metric's document do not make a valid document at this scope.",
    example="A market deletes spec.definition.fact of an own metric.",
    mend="Mend what `charter check` reports for the document.",
    error=ContentError,
)
PRF003 = Code(
    "PRF003",
    Severity.ERROR,
    "the metric {metric} has no definition: {reason}",
    "{near}",
    why="A metric counts by exactly one definition: a standard one, by name and version, or its own.",
    example="`standard: digital-order-ratio@9`",
    mend="Name a standard definition that ships with this version of Charter, or write spec.definition.",
    error=ContentError,
)
PRF004 = Code(
    "PRF004",
    Severity.ERROR,
    "the metric {metric} has both a standard and a definition of its own",
    "keep one of spec.standard and spec.definition",
    why="Two definitions for one number would make it unclear which of them counts.",
    example="`standard: order-count@1` beside `definition: {fact: fact_order, ...}`",
    mend="Delete one; to differ from a standard definition, give the metric a name of its own.",
)
PRF005 = Code(
    "PRF005",
    Severity.ERROR,
    "{metric} is a standard metric; its definition may not be another one",
    "name your variant otherwise, such as {metric}-own, and keep {metric} for the standard",
    why="A workspace may define variants; it may not silently redefine a number that others compare themselves by.",
    example="A Metric named digital-order-ratio with spec.definition, or with the standard of another metric.",
    mend="Rename the document, or use `standard: <its name>@<version>`.",
)
PRF006 = Code(
    "PRF006",
    Severity.ERROR,
    "{fact} is no table of facts that can be measured",
    "{near}",
    why="A metric counts rows of one fact table; only those with a scope and a day can be measured.",
    example="`fact: fact_orders`",
    mend="Use fact_order, fact_order_line, fact_invoice_line or fact_case.",
)
PRF007 = Code(
    "PRF007",
    Severity.ERROR,
    "{part} cannot be counted: {reason}",
    "{near}",
    why="Expressions of metrics are trees over the fact's columns; what is not allow-listed is refused.",
    example="`numerator: count(*) filter (where comit_class = 'C1')`",
    mend="Use the fact's columns (docs/reference/tables.md) and the listed functions; aggregates only in components.",
)
PRF008 = Code(
    "PRF008",
    Severity.ERROR,
    "the metric {metric} has {count} dimensions; {limit} are allowed, the currency of money counted",
    "leave out what nobody asks for",
    why="Each dimension multiplies the cells of the cube; the currency is a dimension of every sum of money.",
    example="Five entries in spec.definition.dimensions.",
    mend="Keep four; put the rest into a metric of its own.",
)
PRF009 = Code(
    "PRF009",
    Severity.ERROR,
    "{column} is no {what} of {fact}",
    "{near}",
    why="The day and the scope of a metric decide where a row belongs; only the fact's own attributions can.",
    example="`day: confirmed_on`",
    mend="Use one of the fact's days and scopes, as docs/reference/tables.md lists them.",
)
PRF010 = Code(
    "PRF010",
    Severity.WARNING,
    "the metric {metric} is timed by {calendar}, which is not declared",
    "declare a Calendar of that name in group/, or name another one in spec.calendar",
    why="Business time needs a calendar; without one the number is unknown for every order or case.",
    example="time-to-resolution without any document of kind Calendar",
    mend="Write a Calendar; markets override its hours and holidays where a Lock opens it.",
    error=ContentError,
)
PRF011 = Code(
    "PRF011",
    Severity.ERROR,
    "the objective {slo} asks {objective} of {metric}, whose target is {target}",
    "keep one of them, or make them equal",
    why="Two targets for one number contradict each other: a status could be met and missed at once.",
    example="An OpenSLO objective of 0.95 beside `target: 0.9`",
    mend="Delete spec.target where the SLO is meant to hold, or change one of the two.",
)
PRF012 = Code(
    "PRF012",
    Severity.ERROR,
    "the objective {slo} cannot be read: {reason}",
    "write an OpenSLO v1 document on a Charter metric",
    why="Objectives are OpenSLO v1 documents with `metricSource: {type: charter, spec: {metric: ...}}`.",
    example="An indicator whose metricSource has type prometheus",
    mend="Give a thresholdMetric or ratioMetric with that metricSource, and one objective with target.",
)
PRF013 = Code(
    "PRF013",
    Severity.ERROR,
    "{calendar} cannot be read: {reason}",
    "write working hours as local intervals such as 08:00-12:00",
    why="Business hours are intervals of local time, `08:00-12:00`, at most four a day, holidays by country code.",
    example="`mon: ['17:00-08:00']`",
    mend="Write intervals that begin before they end; split a night shift at 24:00.",
)
PRF014 = Code(
    "PRF014",
    Severity.ERROR,
    "{metric} cannot be broken down by {by}",
    "{near}",
    why="A breakdown is by a level of the organisation, by time, or by a dimension that the metric declares.",
    example="`--by colour`",
    mend="Use one of the names that the hint lists, or declare the dimension in a metric of its own.",
)
PRF015 = Code(
    "PRF015",
    Severity.ERROR,
    "{metric} is not in the cube in its present definition ({definition})",
    "`charter run` builds it",
    why="The definition or the calendar changed since the last run, so that the cube holds another one.",
    example="A new Metric document, and `charter number` before the next `charter run`",
    mend="Run `charter run`: it rebuilds just what changed.",
    error=ContentError,
)
PRF016 = Code(
    "PRF016",
    Severity.ERROR,
    "{metric} is measured in whole months; {period} is not",
    "ask for a month, a quarter or a year",
    why="Medians of prices do not add up from days, so dispersion is kept by month.",
    example="`charter number price-dispersion --period 2010-06-07`",
    mend="Ask for whole months.",
    error=UsageError,
)
PRF017 = Code(
    "PRF017",
    Severity.ERROR,
    "{component} does not add up from its parts",
    "use sums and counts, added, subtracted or times a written number; a ratio has a numerator and a denominator",
    why="The cube adds cells of days and branches; a minimum, an average or a quotient of sums would be wrong after that.",
    example="`numerator: sum(net_amount) / count(*)`",
    mend="Write the parts as numerator and denominator; write times under `durations`.",
    error=ContentError,
)

PRF018 = Code(
    "PRF018",
    Severity.WARNING,
    "the target of {metric} is {value}, of a share between 0 and 1",
    "for {value} percent write {near}",
    why="Shares are written as such: 0.30 is 30 %. A target of 30 is missed for ever, or met for ever.",
    example="target: 30",
    mend="Write 0.30 for 30 percent.",
)

PRF019 = Code(
    "PRF019",
    Severity.ERROR,
    "the numbers in the lake were measured by another organisation tree than the one that holds",
    "`charter run` (or `charter apply`) measures by it",
    why="Each order belongs to the branch and market as they stand in the tree. The scopes have changed since the last run, "
    "or a run was stopped before it came to measuring.",
    example="charter number digital-order-ratio, after a branch was moved in scopes.csv",
    mend="Run `charter run`: it measures what is there, also without a new delivery.",
    error=UnavailableError,
)

CODES: tuple[Code, ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("PRF") and isinstance(value, Code)
)
