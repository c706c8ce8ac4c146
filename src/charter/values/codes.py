"""The codes of values."""

from charter.errors import Code, Severity, UsageError

_E = Severity.ERROR

VAL001 = Code(
    "VAL001", _E, "{text} is not a period", "write 2013, 2013-Q2, 2013-06, 2013-W23, 2013-06-07, or 2013-06-01/2013-07-01",
    "A number belongs to a period, whose days are counted from its first (inclusive) to its end (exclusive).",
    "--period june", "Write the period in one of the forms named.", UsageError,
)  # fmt: skip
VAL002 = Code(
    "VAL002", _E, "{a} and {b} are not of one currency", "convert one of them by a declared rate set",
    "Money of two currencies has no sum.", "EUR 1 + SEK 1", "Convert at one rate set first.", UsageError,
)  # fmt: skip
VAL003 = Code(
    "VAL003", _E, "{text} is not a percentage", "write 30%, 30 % or 0.30", "Shares are written as percentages or as fractions.",
    "thirty", "Write 30% or 0.30.", UsageError,
)  # fmt: skip
VAL004 = Code(
    "VAL004", _E, "{text} is not a duration", "write P60D, PT4H, P1M or P1Y", "Durations follow ISO 8601.", "60 days",
    "Write P60D.", UsageError,
)  # fmt: skip
VAL005 = Code(
    "VAL005", _E, "{text} are not working hours", "write 08:00-12:00, in order and without overlap",
    "A calendar's day is a list of local times that do not overlap.", "13:00-12:00", "Write each interval as HH:MM-HH:MM.", UsageError,
)  # fmt: skip
VAL006 = Code(
    "VAL006", _E, "a UTC day of {calendar} holds {n} working intervals; 4 are allowed", "join intervals that follow each other",
    "Business time is looked up by UTC day, with four intervals a day at most.", "a calendar with a break every hour",
    "Join breaks, so that no UTC day has more than four intervals.", UsageError,
)  # fmt: skip
VAL007 = Code(
    "VAL007", _E, "there are no public holidays for {country}", "use a country code of the package `holidays`, or list the days in `closed`",
    "Public holidays come from a library by country code.", "country: xx", "Write an ISO 3166 code, or list closed days.", UsageError,
)  # fmt: skip

CODES = (VAL001, VAL002, VAL003, VAL004, VAL005, VAL006, VAL007)
