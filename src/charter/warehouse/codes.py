"""The codes of the warehouse."""

from charter.errors import Code, ContentError, RefusedError, Severity, UnavailableError, UsageError

_E = Severity.ERROR

WHS001 = Code(
    "WHS001", _E, "another run holds the lake: {holder}", "wait for it to end, or give --wait more seconds",
    "One process writes at a time; a second waits, and says who holds the lock.",
    "two `charter run` at once", "Wait, or find out why the other run does not end.", UnavailableError,
)  # fmt: skip
WHS002 = Code(
    "WHS002", _E, "there is no lake in {folder} yet", "take something in first: `charter run`",
    "Numbers are read from what a run took in.", "charter number before the first charter run", "Run `charter run`.", UsageError,
)  # fmt: skip
WHS003 = Code(
    "WHS003", _E, "the lake in {folder} lies on a network file system ({kind})",
    "keep the lake on a disk of this machine, or use a catalog in PostgreSQL",
    "The catalog is SQLite, whose locks do not hold over network file systems.", "a workspace on NFS",
    "Move the lake to a local disk (charter.yaml spec.store.lake).", RefusedError,
)  # fmt: skip
WHS004 = Code(
    "WHS004", _E, "the lake cannot be written: {reason}", "make room on the disk (or mend its rights) and run again; nothing was half written",
    "A full disk or missing rights end a run; what was committed before stands, the rest was rolled back.",
    "no space left on device", "Make room or mend the rights, and run again.", UnavailableError,
)  # fmt: skip
WHS005 = Code(
    "WHS005", _E, "the lake does not answer: {reason}", "`charter doctor` looks for the cause",
    "DuckDB or the catalog reported an error that is not the caller's.", "a damaged catalog file",
    "Run `charter doctor`; restore the lake's folder from a copy if its catalog is damaged.", UnavailableError,
)  # fmt: skip
WHS006 = Code(
    "WHS006", _E, "there is no table {table}", "{near}", "Tables have names in the schema registry.", "lake.table('fact_ordr')",
    "Use a name of docs/reference/tables.md.", UsageError,
)  # fmt: skip
WHS007 = Code(
    "WHS007", _E, "a needed DuckDB extension cannot be loaded: {reason}",
    "install the packages duckdb-extension-ducklake and duckdb-extension-sqlite-scanner of DuckDB's version",
    "The lake needs the extensions ducklake and sqlite_scanner.", "an installation without the wheels",
    "Install the wheels named, of the same version as duckdb.", UnavailableError,
)  # fmt: skip
WHS008 = Code(
    "WHS008", _E, "the work does not fit: {reason}", "free memory, or make room where the lake keeps what it spills, and run again",
    "Each connection has a limit on memory and on what it may spill to disk; what was begun was rolled back.",
    "a first load of years on a machine with little disk", "Make room, or take the deliveries in fewer at a time.", UnavailableError,
)  # fmt: skip
WHS009 = Code(
    "WHS009", _E, "refused: {what}", "an expression reads the columns of its table and nothing else",
    "The connection on which documents' expressions run reaches the lake, the workspace and its declared inputs, and nothing else.",
    "a query of read_text('/etc/passwd')", "Write the expression over the columns of its table.", RefusedError,
)  # fmt: skip
WHS010 = Code(
    "WHS010", _E, "the lake has no table {table} yet", "`charter run` makes what is missing",
    "A lake that an older Charter made, or whose first run was stopped, lacks tables; a run makes them.",
    "charter number after an upgrade, before a run", "Run `charter run`.", UsageError,
)  # fmt: skip
WHS017 = Code(
    "WHS017", _E, "the lake has no column {column} yet", "`charter run` adds what a lake of an older Charter lacks",
    "A lake that an older Charter made lacks the columns that came since; a run adds them, empty for what was taken in before.",
    "charter suspects impersonated after an upgrade, before a run", "Run `charter run`, then `charter run --again` to fill the column.",
    UsageError,
)  # fmt: skip
WHS011 = Code(
    "WHS011", _E, "the data and an expression do not fit: {reason}", "mend the expression or the data, such as by try_cast or a format",
    "A value could not be read as the type that an expression or a table wants; nothing was half written.",
    "strptime(opened, '%d/%m/%Y') over `2024-02-03`", "Use try_strptime or try_cast, or mend the format.", ContentError,
)  # fmt: skip
WHS012 = Code(
    "WHS012", _E, "what the lake holds is not sound: {reason}", "restore the folder .charter/lake from a backup, or take all in anew",
    "Each source row is accounted for once, and each grain stands once; numbers from a lake where that fails cannot be trusted.",
    "a catalog of yesterday beside the data of today", "Restore the whole folder from one backup. If it happens again, report it.",
)  # fmt: skip
WHS013 = Code(
    "WHS013", _E, "nothing was deleted as an orphan: {what}", "report it with the output of `charter doctor --json`",
    "Files that the catalog knows are data. A list of orphans that names one of them is wrong as a whole.",
    "a DuckLake that writes a path in another way than its catalog", "Leave the lake's folder as it is, and report it.", UnavailableError,
)  # fmt: skip
WHS014 = Code(
    "WHS014", _E, "maintenance changed what the lake holds: {what}; the lake was put back as it was, no file was deleted",
    "report it; runs and numbers go on as before",
    "Compaction and expiry must not change a row. Each table is compared before and after, before any file is deleted.",
    "a defect of a DuckLake version", "Go on working, leave out `charter maintain`, and report the message.", UnavailableError,
)  # fmt: skip
WHS015 = Code(
    "WHS015", _E, "a maintenance that was stopped had changed what the lake holds: {what}; runs have committed since",
    "copy the folder of the lake, then report it: {copy} beside the catalog is the catalog before",
    "The lake is put back by itself only where nothing else was committed since, for that would be lost.",
    "charter maintain was killed, runs went on, and a table differs from what was recorded",
    "Keep a copy of the lake's folder, and report the message. Without more ado: restore the catalog's copy, and run again.", UnavailableError,
)  # fmt: skip
WHS016 = Code(
    "WHS016", _E, "after files were deleted the lake does not hold what it held: {what}",
    "restore the folder of the lake from a backup, and report it",
    "What was compared before files were deleted is compared once more, by a reader of its own.",
    "something else than Charter removed files of the lake meanwhile", "Restore the lake's folder from a backup.", UnavailableError,
)  # fmt: skip
WHS020 = Code(
    "WHS020", _E, "no room for a clone of the lake: {needed} are needed, {free} are free",
    "make room on the disk; `charter plan --no-again` does without a clone",
    "What reading deliveries again would bring is worked out in a clone. Its files are links to the lake's own and cost no room, but "
    "what is read again is written there, and on a file system without hard links every file is copied.",
    "charter plan with a changed mapping, on a disk that is nearly full",
    "Make room where the lake lies, or plan with --no-again: then only what `charter apply` alone brings is told.", UnavailableError,
)  # fmt: skip
WHS021 = Code(
    "WHS021", _E, "the catalog's server refuses it: {reason}",
    "a reader needs USAGE on the schema and SELECT on its tables; who takes in needs to own them",
    "The catalog in PostgreSQL is read and written with the rights of the role in the address.", "a role without USAGE on the schema",
    "Let the server's administrator grant what the message names (docs/how-to/grow-past-one-machine.md has the statements).", RefusedError,
)  # fmt: skip
WHS022 = Code(
    "WHS022", _E, "the catalog's server does not answer: {reason}",
    "what was committed stands, and nothing else was written; run the command again when it answers",
    "The catalog in PostgreSQL says which rows there are; without its server nothing can be read or written. A connection that breaks "
    "ends the command: what it had not committed is rolled back by the server.",
    "the server was stopped, or restarted in the middle of a run",
    "Start the server, or mend the way to it (host, port, firewall), and run the command again.", UnavailableError,
)  # fmt: skip
WHS023 = Code(
    "WHS023", _E, "{what} needs the package {package}", "pip install 'charter-b2b[{extra}]'",
    "What only some need is not installed with Charter: the extras `postgres` and `s3` are for catalogs and data that lie elsewhere.",
    "spec.store.catalog in charter.yaml, on a machine without psycopg", "Install the extra that the hint names.", UnavailableError,
)  # fmt: skip
WHS024 = Code(
    "WHS024", _E, "another run takes {source} in: {holder}", "wait for it to end, or give --wait more seconds",
    "With a catalog in PostgreSQL different sources are taken in side by side, and one source by one run at a time.",
    "two `charter run erp-north` at once", "Wait, or find out why the other run does not end.", UnavailableError,
)  # fmt: skip
WHS025 = Code(
    "WHS025", _E, "the catalog's address is not right: {reason}",
    "mend the environment variable that charter.yaml names in spec.store.catalog: postgresql://user:password@host:5432/database",
    "The server was asked, and knows no such user, password or database; or the address is none.", "a password that was changed",
    "Mend the address in the environment, or let the server's administrator make the user or the database.", UnavailableError,
)  # fmt: skip
WHS026 = Code(
    "WHS026", _E, "the object store does not answer as it should: {reason}",
    "look at spec.store.data and spec.store.objectStore in charter.yaml, and at the keys in the environment",
    "The data lies in an object store. A wrong key, bucket or region is refused by it; one that is away is told so. What a run had not "
    "committed is not in the lake.",
    "AWS_SECRET_ACCESS_KEY is not set", "Mend the keys, the address or the bucket's policy, and run the command again.", UnavailableError,
)  # fmt: skip
WHS030 = Code(
    "WHS030", _E, "the engine is spark, and pyspark is not installed", "install charter-b2b[spark], or set spec.engine: duckdb in charter.yaml",
    "Spark is an extra; DuckDB needs nothing beside Charter.", "engine: spark in an installation without the extra",
    "Install the extra, or count with DuckDB: both give the same numbers.", UnavailableError,
)  # fmt: skip
WHS031 = Code(
    "WHS031", _E, "the engine is spark, and it does not start: {reason}",
    "install a Java of 17 or later, and look at spec.spark in charter.yaml",
    "Spark runs in a Java machine, or on a cluster that spec.spark.master names.", "no `java` on the PATH and no JAVA_HOME",
    "Install Java 17 or later, correct spec.spark, or count with DuckDB.", UnavailableError,
)  # fmt: skip
WHS032 = Code(
    "WHS032", _E, "a file of snapshot {snapshot} is gone: {file}", "run again, which counts from a snapshot of now; `charter doctor` looks for damage",
    "Spark reads the files that the catalog names for one snapshot. One that is not there leaves a number that nobody can count.",
    "files that another program deleted, or a snapshot that maintenance expired meanwhile",
    "Run again; restore the lake's folder from a copy if the newest snapshot lacks a file.", UnavailableError,
)  # fmt: skip
WHS033 = Code(
    "WHS033", _E, "Spark cannot read the lake by its catalog: {what}", "set spec.engine: duckdb in charter.yaml",
    "Spark reads the data and delete files that the catalog names. What Charter never writes is refused, instead of read wrongly.",
    "a lake that another program wrote to, with rows within the catalog", "Count with DuckDB, which reads whatever DuckLake wrote.",
    UnavailableError,
)  # fmt: skip
WHS034 = Code(
    "WHS034", _E, "Spark did not count to the end: {reason}", "give it more memory in spec.spark, or set spec.engine: duckdb; what was committed before stands",
    "A lost executor, a full disk or too little memory end the work; nothing was half written, and the next run counts again.",
    "spec.spark.memory: 1g for a billion rows", "Give Spark what the reason says that it lacks, and run again.", UnavailableError,
)  # fmt: skip
WHS035 = Code(
    "WHS035", _E, "the cube is behind the facts, and snapshot {snapshot}, the last one whole, cannot be read: {reason}",
    "`charter run` counts what is due, and numbers are answered again",
    "With engine: spark facts are committed first and counted then; until that is done, readers see the snapshot before.",
    "snapshots that were expired by hand while the cube was behind", "Run `charter run`.", UnavailableError,
)  # fmt: skip
CODES = (
    WHS001, WHS002, WHS003, WHS004, WHS005, WHS006, WHS007, WHS008, WHS009, WHS010, WHS011, WHS012, WHS013, WHS014, WHS015, WHS016, WHS017,
    WHS020, WHS021, WHS022, WHS023, WHS024, WHS025, WHS026,
    WHS030, WHS031, WHS032, WHS033, WHS034, WHS035,
)  # fmt: skip
