"""The codes of tasks."""

from charter.errors import Code, Severity, UsageError

_E = Severity.ERROR

TSK001 = Code(
    "TSK001", _E, "no task begins with {id}", "`charter tasks --all` lists them",
    "A task is found by its id, or by the beginning of it.", "charter task show zz", "Copy the id from `charter tasks`.",
    UsageError,
)  # fmt: skip
TSK002 = Code(
    "TSK002", _E, "{n} tasks begin with {id}: {named}", "give more of the id",
    "The beginning of an id is enough only where it is the beginning of one.", "charter task show 4",
    "Copy the id from `charter tasks`.", UsageError,
)  # fmt: skip
TSK003 = Code(
    "TSK003", _E, "task {id} is resolved since {day}, by {by}: {done}", "`charter task reopen {id} --reason` opens it again",
    "What was done stands for good; a second resolution would hide the first.", "charter task resolve 4f0c --done x, a second time",
    "Look at `charter task show`; reopen the task where it was resolved too early, or comment on it.", UsageError,
)  # fmt: skip
TSK004 = Code(
    "TSK004", _E, "task {id} is open", "there is nothing to reopen", "Only what was resolved can be opened again.",
    "charter task reopen 4f0c --reason x, of an open task", "Comment on the task, or hand it over.", UsageError,
)  # fmt: skip
TSK005 = Code(
    "TSK005", _E, "{what} is missing", "write it in words that somebody else understands in a year",
    "A task is closed by what was done, and handed over or reopened for a reason: both are kept for good.",
    'charter task resolve 4f0c --done ""', "Say what was done, or why.", UsageError,
)  # fmt: skip
TSK006 = Code(
    "TSK006", _E, "{person} is in no table of people on {day}", "{near}",
    "A task is somebody's who is there; a name that nobody has would be a vacancy.", "charter task handover 4f0c person/otto --reason x",
    "Name a person of a PersonTable who has not left.", UsageError,
)  # fmt: skip
TSK007 = Code(
    "TSK007", _E, "{n} of the people have the login {login}", "give --person person/name, or set the column `login` of the PersonTable",
    "Whose tasks are mine is known by the column `login` of the table of people; each login is one person's.",
    "charter tasks --mine, without such a column", "Give --person, or add the login to the person's row.", UsageError,
)  # fmt: skip
TSK008 = Code(
    "TSK008", _E, "no kind of task is named {kind}", "{near}", "Tasks are of a few kinds, by what opens them.", "charter tasks --kind breech",
    "Use a kind that `charter tasks` lists.", UsageError,
)  # fmt: skip
TSK009 = Code(
    "TSK009", _E, "{ref} is read by nothing", "name it {policy}", "There is one policy of tasks, and it is found by its name.",
    "a TaskPolicy with another name", "Name the document `standard`; markets override it by the same name.",
)  # fmt: skip
TSK010 = Code(
    "TSK010", _E, "task {id} is {person}'s already", "`charter task show {id}` says since when and why",
    "A hand-over names another person than the one who has the task.", "charter task handover 4f0c person/anna --reason x, of anna's task",
    "Name somebody else, or comment on the task.", UsageError,
)  # fmt: skip

CODES = (TSK001, TSK002, TSK003, TSK004, TSK005, TSK006, TSK007, TSK008, TSK009, TSK010)
