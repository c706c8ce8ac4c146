"""The codes of expressions."""

from charter.errors import Code, ContentError, RefusedError, Severity

_E = Severity.ERROR

EXP001 = Code(
    "EXP001", _E, "{text} is not an expression: {reason}", "write one expression over columns, such as amount * 2",
    "Expressions are one value over the columns of one table.", "amount +", "Write a whole expression.", ContentError,
)  # fmt: skip
EXP002 = Code(
    "EXP002", _E, "there is no column {column}", "{near}", "Expressions see the declared columns and nothing else.",
    "commit_clas = 'C1'", "Write a column that the table has.", ContentError,
)  # fmt: skip
EXP003 = Code(
    "EXP003", _E, "{function} is no function of expressions", "{near}",
    "Only listed functions are allowed (docs/reference/functions.md), so that an expression can read nothing but its columns.",
    "read_text('/etc/passwd')", "Use a listed function.", RefusedError,
)  # fmt: skip
EXP004 = Code(
    "EXP004", _E, "{what} is not allowed in an expression", "{near}",
    "No subquery, table, window, lambda, statement or setting may stand in an expression.",
    "(select content from read_text('/etc/passwd'))", "Write it as a value over columns.", RefusedError,
)  # fmt: skip
EXP005 = Code(
    "EXP005", _E, "the expression is too {what}: {n}; {allowed} is allowed", "split it into several columns or metrics",
    "Limits keep an expression readable and cheap.", "a CASE with a thousand branches", "Split it, or use a code list.", RefusedError,
)  # fmt: skip
EXP006 = Code(
    "EXP006", _E, "{function} takes {wanted}; {given} given", "see docs/reference/functions.md",
    "Each function has a number of arguments, and some of them are written out.", "left(name)", "Give the arguments that it takes.", ContentError,
)  # fmt: skip
EXP007 = Code(
    "EXP007", _E, "{function} is an aggregate; it is not allowed here", "aggregates stand in components of metrics only",
    "A mapping or filter is about one row.", "filter: sum(amount) > 0", "Move it to a component of the metric.", ContentError,
)  # fmt: skip
EXP008 = Code(
    "EXP008", _E, "{type} is no type of expressions", "varchar, bigint, integer, decimal(p,s), boolean, date, timestamp and timestamptz are",
    "Casts lead to scalar types.", "cast(x as json)", "Cast to one of the types named.", ContentError,
)  # fmt: skip
EXP009 = Code(
    "EXP009", _E, "{what} is outside the portable subset of SQL", "{near}",
    "The measuring SQL must run on a second engine unchanged.", "QUALIFY row_number() over (...) = 1",
    "Write it with window functions and joins that both engines know.", ContentError,
)  # fmt: skip

CODES = (EXP001, EXP002, EXP003, EXP004, EXP005, EXP006, EXP007, EXP008, EXP009)
