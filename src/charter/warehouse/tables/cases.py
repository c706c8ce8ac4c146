"""Service cases: their events as received, and what replaying them gives."""

from charter.warehouse.tables.column import RECORD_GRAIN, Column, Table, row_identity

CASE_TABLES = (
    Table(
        "case_event",
        "One event of a case, as the source tells it. Replayed in the order of (sequence, occurred_at, row_key).",
        RECORD_GRAIN,
        (
            *row_identity("event"),
            Column("case_key", "VARCHAR", "case, qualified by its system", required=True),
            Column("sequence", "BIGINT", "the source's own order of events, where it has one"),
            Column("occurred_at", "TIMESTAMPTZ", "when it happened", required=True),
            Column(
                "state",
                "VARCHAR",
                "state from here on: open, waiting_customer, waiting_supplier, resolved, closed, "
                "closed_unconfirmed, cancelled, or `same` (repeats the one before)",
                required=True,
            ),
            Column("source_state", "VARCHAR", "the source's own word"),
            Column("opened_at", "TIMESTAMPTZ", "first contact, where the row tells it: the clock starts here"),
            Column("stream", "VARCHAR", "declared stream of the source"),
            Column("case_type", "VARCHAR", "incident, complaint, return, ..."),
            Column("priority", "VARCHAR", "priority at this event; the smaller text is the higher (`1`, `2`, ...)"),
            Column("channel", "VARCHAR", "how the customer came: phone, email, self_service, ..."),
            Column("serving_scope", "VARCHAR", "serving branch or market, or the finest scope known"),
            Column("account_key", "VARCHAR", "account"),
            Column("assigned_team", "VARCHAR", "team that has it"),
            Column("merged_into", "VARCHAR", "case_key of the case that this duplicate was merged into"),
            Column("actor", "VARCHAR", "pseudonym of who did it", personal=True, pseudonym=True),
            Column("actor_side", "VARCHAR", "whose side did it: customer, agent or system; null: unknown, and accuses nobody"),
            Column(
                "contact",
                "VARCHAR",
                "to_customer (a question, a reply), from_customer (in any channel, also where an agent notes it), or none",
            ),
        ),
    ),
    Table(
        "case_merge",
        "Which duplicate was merged into which case, as its latest event tells; chains are followed when cases are replayed.",
        ("case_key",),
        (
            Column("case_key", "VARCHAR", "the duplicate", required=True),
            Column("into_key", "VARCHAR", "the case that it was merged into", required=True),
        ),
    ),
    Table(
        "fact_case",
        "One episode of a case (a reopening after the maturity window begins a new, linked one), by replaying events.",
        ("case_key", "episode"),
        (
            Column("case_key", "VARCHAR", "case", required=True),
            Column("episode", "BIGINT", "1, or more where reopened after 14 days", required=True),
            Column("source", "VARCHAR", "source of its events", required=True),
            Column("stream", "VARCHAR", "declared stream of the source"),
            Column("case_type", "VARCHAR", "incident, complaint, return, ..."),
            Column("priority", "VARCHAR", "highest priority reached"),
            Column("channel", "VARCHAR", "how the customer came"),
            Column("serving_scope", "VARCHAR", "serving scope at the last resolution"),
            Column("account_key", "VARCHAR", "account"),
            Column("opened_at", "TIMESTAMPTZ", "first contact in any channel", required=True),
            Column("resolved_at", "TIMESTAMPTZ", "last resolution; null while open"),
            Column("resolved_on", "DATE", "its day in the serving scope's time zone: the day of the number"),
            Column("state", "VARCHAR", "state after the last event", required=True),
            Column("unconfirmed", "BOOLEAN", "closed after silence: a series of its own", required=True),
            Column("business_seconds", "BIGINT", "TTR in business time; null: no calendar is declared"),
            Column("calendar_seconds", "BIGINT", "TTR in calendar time, without time waiting for the customer"),
            Column("elapsed_seconds", "BIGINT", "opened to resolved in calendar time, waiting included"),
            Column("customer_wait_seconds", "BIGINT", "calendar seconds waiting for the customer"),
            Column("customer_wait_business_seconds", "BIGINT", "business seconds waiting for the customer"),
            Column("pauses", "BIGINT", "how often it waited for the customer", required=True),
            Column("reopenings", "BIGINT", "how often it was reopened within the window", required=True),
        ),
    ),
)
