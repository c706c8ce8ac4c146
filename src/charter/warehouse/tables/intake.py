"""The account of intake: batches, what was left out and why, quarantine, reconciliation."""

from charter.warehouse.tables.column import Column, Table

INTAKE_TABLES = (
    Table(
        "batch",
        "One delivery (file, or read of a table) and its account: received = accepted + unchanged + superseded + "
        "excluded + quarantined.",
        ("batch_id",),
        (
            Column("batch_id", "VARCHAR", "deterministic: from source, entity, delivery and content", required=True),
            Column("source", "VARCHAR", "Source", required=True),
            Column("entity", "VARCHAR", "entity of the source", required=True),
            Column("delivery", "VARCHAR", "file (relative) or table that it was read from", required=True),
            Column("delivery_hash", "VARCHAR", "SHA-256 of the bytes, or of the rows read", required=True),
            Column("bytes", "BIGINT", "size of the delivery"),
            Column("received", "BIGINT", "source rows", required=True),
            Column("accepted", "BIGINT", "rows that are new or newer", required=True),
            Column("unchanged", "BIGINT", "rows known already", required=True),
            Column(
                "superseded", "BIGINT", "rows of which a newer version is known or stands in the batch", required=True
            ),
            Column("excluded", "BIGINT", "rows left out with a reason (batch_exclusion)", required=True),
            Column("quarantined", "BIGINT", "rows held (quarantine_row); all of them where refused", required=True),
            Column("state", "VARCHAR", "taken or refused", required=True),
            Column("reason", "VARCHAR", "why it was refused"),
            Column("contract", "VARCHAR", "contract and version that judged it"),
            Column("model_hash", "VARCHAR", "manifest hash of the model in force", required=True),
            Column("data_from", "DATE", "first day that its rows tell of"),
            Column("data_to", "DATE", "last day that its rows tell of (inclusive)"),
            Column("cursor", "VARCHAR", "cursor after this batch, for sources that have one"),
            Column("received_at", "TIMESTAMPTZ", "when the run that took it began", required=True),
        ),
    ),
    Table(
        "batch_exclusion",
        "How many rows of a batch were left out for a declared reason.",
        ("batch_id", "reason"),
        (
            Column("batch_id", "VARCHAR", "batch", required=True),
            Column("reason", "VARCHAR", "declared reason code", required=True),
            Column("rows", "BIGINT", "source rows", required=True),
        ),
    ),
    Table(
        "contract_result",
        "What one rule of a contract found in one batch.",
        ("batch_id", "rule"),
        (
            Column("batch_id", "VARCHAR", "batch", required=True),
            Column("rule", "VARCHAR", "rule id (column and rule)", required=True),
            Column("severity", "VARCHAR", "block, quarantine or warn", required=True),
            Column("failed", "BIGINT", "rows (or 1 for a rule of the set) that broke it", required=True),
            Column("enforced", "BOOLEAN", "false: a text or custom rule that nobody can run", required=True),
        ),
    ),
    Table(
        "quarantine_row",
        "One source row that is held, with its payload and every rule that it broke.",
        ("batch_id", "row_number"),
        (
            Column("batch_id", "VARCHAR", "batch", required=True),
            Column("source", "VARCHAR", "Source", required=True),
            Column("entity", "VARCHAR", "entity of the source", required=True),
            Column("delivery", "VARCHAR", "file or table", required=True),
            Column("row_number", "BIGINT", "row in the delivery, from 1 (data rows)", required=True),
            Column("row_key", "VARCHAR", "identity of the row, where its key could be read"),
            Column("rules", "VARCHAR", "rules that it broke, sorted, joined by `; `", required=True),
            Column("payload", "VARCHAR", "the row as received, as JSON", required=True),
            Column("value_amount", "DECIMAL(18,4)", "net amount at stake, where it could be read"),
            Column("currency", "VARCHAR", "its currency"),
        ),
    ),
    Table(
        "control_total",
        "What a source says of itself: its own totals per scope and month.",
        ("source", "entity", "scope", "month", "measure"),
        (
            Column("source", "VARCHAR", "Source", required=True),
            Column("entity", "VARCHAR", "entity that the total is about", required=True),
            Column("scope", "VARCHAR", "scope", required=True),
            Column("month", "DATE", "first day of the month", required=True),
            Column("measure", "VARCHAR", "orders, lines or net_amount", required=True),
            Column("value", "DECIMAL(18,4)", "the source's own total", required=True),
            Column("batch_id", "VARCHAR", "batch that brought it", required=True),
        ),
    ),
    Table(
        "reconciliation",
        "Our totals beside the source's own, with the difference by reason.",
        ("source", "entity", "scope", "month", "measure"),
        (
            Column("source", "VARCHAR", "Source", required=True),
            Column("entity", "VARCHAR", "entity", required=True),
            Column("scope", "VARCHAR", "scope", required=True),
            Column("month", "DATE", "first day of the month", required=True),
            Column("measure", "VARCHAR", "orders, lines or net_amount", required=True),
            Column("theirs", "DECIMAL(18,4)", "the source's own total", required=True),
            Column("ours", "DECIMAL(18,4)", "what was taken in", required=True),
            Column("quarantined", "DECIMAL(18,4)", "part of the difference that is held in quarantine", required=True),
            Column("excluded", "DECIMAL(18,4)", "part of the difference that was excluded with reason", required=True),
            Column("unexplained", "DECIMAL(18,4)", "theirs - ours - quarantined - excluded", required=True),
        ),
    ),
)
