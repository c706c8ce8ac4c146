"""The findings about deliveries: what a file or table is, before any contract looks at it."""

from __future__ import annotations

from charter.errors import Code, ContentError, Severity, UnavailableError

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

INT001 = Code(
    "INT001",
    _WARNING,
    "{source}: no file matches {pattern}",
    "check the path and the input root; a silent source uncertifies its numbers",
    why="An entity of a source that finds no file delivers nothing. Its numbers turn unknown by their rhythm.",
    example='files: ["shared:orders/*.csv"] while the folder holds *.CSV',
    mend="Mend the pattern, or the root that `inputs` in charter.yaml names.",
)

INT002 = Code(
    "INT002",
    _ERROR,
    "{delivery} is empty",
    "ask the sender for the file again; an export without rows still has its header",
    why="A file of no bytes is a failed export, not a day without orders, so it is refused.",
    example="an export that was interrupted before its first line",
    mend="Deliver the file again.",
    error=ContentError,
)

INT003 = Code(
    "INT003",
    _WARNING,
    "{delivery} has a header and no rows",
    "nothing to do if nothing happened; a rowCount rule in the contract refuses such a file",
    why="It is taken in as a delivery of no rows. Whether that is silence, the streams of the source decide.",
    example="order_no,amount and nothing below",
    mend="Add a rule `rowCount, mustBeGreaterThan: 0` to the contract if such a file is wrong.",
)

INT004 = Code(
    "INT004",
    _ERROR,
    "{delivery} cannot be read as {format}: {what}",
    "deliver it again, or mend `format` of the entity",
    why="A truncated or foreign file is refused as a whole: what could be read of it might be anything.",
    example="a Parquet file without its footer",
    mend="Deliver the file again whole; look whether the entity's `format.type` is the file's.",
    error=ContentError,
)

INT005 = Code(
    "INT005",
    _ERROR,
    "{delivery} is not {encoding} throughout: line {line} is in another encoding",
    "declare `format.encoding`, or have the file written in one encoding",
    why="Mixed encodings turn names and codes into others without any sign, so the file is refused.",
    example="an export in UTF-8 to which lines from a cp1252 system were appended",
    mend="Have the sender write one encoding; declare it if it is not UTF-8.",
    error=ContentError,
)

INT006 = Code(
    "INT006",
    _ERROR,
    "{delivery} lacks the columns {columns} that its contract asks for; it has: {found}",
    "{near}",
    why="A missing or renamed column changes what all rows mean. The delivery is refused and its rows are counted.",
    example="`net_amount` became `netto`",
    mend="Have the column delivered again, or follow the new name in the contract's `physicalName`.",
    error=ContentError,
)

INT007 = Code(
    "INT007",
    _ERROR,
    "{delivery} has the columns {columns} more than once",
    "name each column once",
    why="Which of two columns of one name is meant cannot be known.",
    example="order_no,amount,amount",
    mend="Have the columns named apart.",
    error=ContentError,
)

INT008 = Code(
    "INT008",
    _ERROR,
    "{delivery} changed while it was read",
    "run again once the sender has finished; let senders write beside it and rename",
    why="Half of an old and half of a new file is neither. Nothing of it was taken; the next run reads it again.",
    example="an upload that was still going on",
    mend="Run again. Senders should write under another name and rename when done.",
    error=UnavailableError,
)

INT009 = Code(
    "INT009",
    _ERROR,
    "{delivery} has {found} columns without names, its contract {expected}",
    "without a header the columns are told by their place: deliver all of them, in the contract's order",
    why="In a file without a header a missing or added column moves all others.",
    example="header: false, and a column was added in the middle",
    mend="Deliver a header, or mend the contract's columns.",
    error=ContentError,
)

INT010 = Code(
    "INT010",
    _ERROR,
    "{delivery}: {column} holds {value}, which can be read {ways}",
    "declare it in the entity's `format` (dates, timestamps, decimal, thousands)",
    why="01/02/2024 may be in January or in February. What fits in two ways is never guessed.",
    example="a month of dates in which no day is after the 12th",
    mend='Declare `format.dates: "%d/%m/%Y"`, or `format.decimal: ","`.',
    error=ContentError,
)

INT013 = Code(
    "INT013",
    _ERROR,
    "{source}: the database went away: {reason}",
    "nothing was taken in; run again when it answers",
    why="A read that breaks off has an unknown part of the rows, so nothing of it is taken in.",
    example="the server was restarted while the table was read",
    mend="Run again. Nothing is lost: the cursor moves only with the commit.",
    error=UnavailableError,
)

INT014 = Code(
    "INT014",
    _ERROR,
    "{source}: {table} cannot be read: {reason}",
    "{near}",
    why="The table or the cursor column does not exist, or may not be read with these rights.",
    example="table: sales.order while the database has sales.orders",
    mend="Mend `table` or `cursor` of the entity, or the rights of the user.",
    error=ContentError,
)

INT015 = Code(
    "INT015",
    _NOTE,
    "{delivery} has columns that its contract does not name: {columns}",
    "nothing is read from them; add them to the contract to use them",
    why="New columns are no error, and they take no part in the identity of rows.",
    example="the ERP began to export `cost_center`",
    mend="Add the column to the contract, or leave it.",
)

INT016 = Code(
    "INT016",
    _WARNING,
    "{delivery} has its columns in another order than its contract: {columns} moved",
    "columns with a header are read by name, so nothing is lost; tell whoever reads by place",
    why="A moved column is the first sign of a changed export, and breaks every reader that goes by place.",
    example="`currency` now stands before `amount`",
    mend="Nothing needs mending here; bring the contract into the new order to silence this.",
)

INT017 = Code(
    "INT017",
    _NOTE,
    "{delivery} was read as {detected}",
    "declare it in the entity's `format`, so that the next file cannot be read in another way",
    why="What a source does not declare is detected per file, and said.",
    example="delimiter ';', decimal ',', order_date %d.%m.%Y",
    mend="Copy what was detected into `format`.",
)

INT018 = Code(
    "INT018",
    _ERROR,
    "{delivery} cannot be opened: {reason}",
    "check the path and the rights",
    why="The file was listed and could then not be read. Each run tries again; the other deliveries are taken.",
    example="permission denied",
    mend="Give the user who runs Charter the right to read the file.",
)

INT019 = Code(
    "INT019",
    _ERROR,
    "no room in {place} to copy {delivery}: {reason}",
    "free some space; nothing was taken in",
    why="Files in other encodings, compressed files and database reads are copied before they are judged.",
    example="no space left on device",
    mend="Free space, and run again.",
    error=UnavailableError,
)

INT034 = Code(
    "INT034",
    _ERROR,
    "{source}: the environment variable {variable} is not set",
    "set it before the run",
    why="Secrets and addresses come from the environment.",
    example="url: {env: SHOP_DB_URL}, and SHOP_DB_URL is not set",
    mend="Set the variable for the user who runs Charter.",
    error=UnavailableError,
)

INT039 = Code(
    "INT039",
    _ERROR,
    "{delivery} is a link that leads out of its folder, and was not read",
    "deliver the file itself, or declare the folder that it lies in as an input root in charter.yaml",
    why="A link could make Charter read any file of the machine; only the folders that documents declare are read.",
    example="exports/orders.csv is a link to a file elsewhere on the machine",
    mend="Put the file where the link is, or name its folder under spec.inputs in charter.yaml.",
)

INT043 = Code(
    "INT043",
    _ERROR,
    "{delivery} unpacks to more than is read: {told}",
    "have it delivered in parts, or unpacked",
    why="A packed file of a few kilobytes can fill a disk. Workbooks are read up to 1 GB unpacked; nothing is unpacked beyond 100 times "
    "its size.",
    example="a zip of 40 kB that holds 4 GB of zeros",
    mend="Ask the sender what it is. Deliver large exports as CSV or Parquet, by month.",
    error=ContentError,
)
INT044 = Code(
    "INT044",
    _NOTE,
    "{delivery}: {count} cells of the sheet {sheet} hold formulas; the values stored with them are read{missing}",
    "nothing to do where Excel or LibreOffice saved it last; export values instead of formulas to be sure",
    why="A workbook stores the last result beside each formula. A program that writes formulas without results leaves cells empty.",
    example="a column `=D4*E4`",
    mend="Open and save the workbook, or export values.",
)
INT045 = Code(
    "INT045",
    _NOTE,
    "{delivery}: merged cells of the sheet {sheet} stand for all rows that they span: {ranges}",
    "nothing to do; one value a row is safer",
    why="Of cells merged downwards a workbook stores the value once, in the first. It is read for each row, in the first column of the range.",
    example="an order number merged over its three lines",
    mend="Export without merged cells.",
)
INT046 = Code(
    "INT046",
    _ERROR,
    "{delivery} has {found} that can be meant: {names}",
    "name it in the entity's `format`: {setting}",
    why="A workbook may have several sheets, a JSON document several lists. Which one holds the rows is not guessed.",
    example="the sheets `2024` and `2023`, both with the contract's columns",
    mend="Name the sheet (`sheet`) or the list (`rows`) in `format`.",
    error=ContentError,
)
INT047 = Code(
    "INT047",
    _ERROR,
    "{delivery} has no {what} {name}; it has: {known}",
    "{near}",
    why="The entity's `format` names a sheet, a list or a file that is not in this delivery.",
    example="sheet: Orders while the workbook has `orders 2024`",
    mend="Mend `sheet`, `rows` or `member` of the format.",
    error=ContentError,
)
INT048 = Code(
    "INT048",
    _WARNING,
    "{delivery}: {count} cells of the sheet {sheet} hold an error, such as {value} in {cell}",
    "mend the formula in the workbook",
    why="A cell that shows #DIV/0! or #N/A has no value. It is read as that text, so that a rule of the contract holds the row.",
    example="#N/A from a lookup that found nothing",
    mend="Mend the workbook, and deliver it again.",
)
INT049 = Code(
    "INT049",
    _NOTE,
    "{delivery}: the columns are named in row {row} of {sheet}; {above} rows above it are no rows",
    "nothing to do",
    why="Reports often carry a title above their columns. The first row that names the contract's columns is the header.",
    example="`Orders of March 2024` in A1, the columns in row 3",
    mend="Nothing needs mending.",
)

CODES: tuple[Code, ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("INT") and isinstance(value, Code)
)
