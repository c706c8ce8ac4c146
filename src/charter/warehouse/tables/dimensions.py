"""Who and what: scopes, accounts, items, rates, calendars."""

from charter.warehouse.tables.column import RECORD_GRAIN, Column, Table, row_identity

_VALIDITY = (
    Column("valid_from", "DATE", "first day (inclusive); null: since ever"),
    Column("valid_to", "DATE", "first day no longer (exclusive); null: open"),
)

DIMENSION_TABLES = (
    Table(
        "dim_scope",
        "One slice of a scope: where it hung in the organisation, and its attributes, from one day to another.",
        ("scope", "valid_from"),
        (
            Column("scope", "VARCHAR", "scope id (`group`, `market/de`, `branch/b7`)", required=True),
            Column("level", "VARCHAR", "group, region, market or branch", required=True),
            Column("parent", "VARCHAR", "scope id of the parent; null for the group"),
            Column("title", "VARCHAR", "name for people"),
            Column("region", "VARCHAR", "region in the chain that day, if any"),
            Column("market", "VARCHAR", "market in the chain that day, if any"),
            Column("branch", "VARCHAR", "the scope itself where it is a branch"),
            Column("time_zone", "VARCHAR", "IANA time zone in force", required=True),
            Column("calendar", "VARCHAR", "id of its business calendar in calendar_day; null: none is declared"),
            Column("legal_entity", "VARCHAR", "legal entity of a branch"),
            Column("brand", "VARCHAR", "brand of a branch"),
            Column("erp", "VARCHAR", "ERP of a branch"),
            *_VALIDITY,
        ),
    ),
    Table(
        "scope_calendar",
        "Which business calendar times a scope, for each Calendar document by name. It holds for all days: what changes "
        "in a calendar, its time zone or its place in the organisation is inside the days of calendar_day.",
        ("name", "scope"),
        (
            Column("name", "VARCHAR", "name of the Calendar document (`standard`)", required=True),
            Column("scope", "VARCHAR", "scope id", required=True),
            Column("calendar", "VARCHAR", "id in calendar_day", required=True),
        ),
    ),
    Table(
        "calendar_day",
        "Business time of one calendar on one UTC day, so that business seconds between two instants are two look-ups.",
        ("calendar", "utc_day"),
        (
            Column("calendar", "VARCHAR", "calendar id with its version hash", required=True),
            Column("utc_day", "BIGINT", "days since 1970-01-01 in UTC", required=True),
            Column("before_seconds", "BIGINT", "business seconds before this UTC day, since the first one", required=True),
            *(
                column
                for i in range(1, 5)
                for column in (
                    Column(f"open_{i}", "BIGINT", f"start of working interval {i}, epoch seconds; 0: there is none", required=True),
                    Column(
                        f"close_{i}",
                        "BIGINT",
                        f"end of working interval {i}, epoch seconds, exclusive; 0: there is none",
                        required=True,
                    ),
                )
            ),
        ),
    ),
    Table(
        "dim_account",
        "One slice of a customer's account: its home branch and parent, from one day to another.",
        RECORD_GRAIN,
        (
            *row_identity("account row"),
            Column("account_key", "VARCHAR", "account id across systems", required=True),
            Column("home_scope", "VARCHAR", "home branch (or the finest scope known)"),
            Column("parent_account_key", "VARCHAR", "account above this one"),
            Column("segment", "VARCHAR", "customer group"),
            Column("has_login", "BOOLEAN", "may order by self-service; null: not known"),
            Column("name", "VARCHAR", "the firm's name as the source writes it"),
            Column("street", "VARCHAR", "street with house number, as the source writes it"),
            Column("postal_code", "VARCHAR", "postal code, as the source writes it"),
            Column("city", "VARCHAR", "town"),
            Column("country", "VARCHAR", "ISO 3166-1, two letters; or the country's name"),
            Column("tax_id", "VARCHAR", "VAT or tax number"),
            Column("phone", "VARCHAR", "phone number", personal=True),
            Column("email", "VARCHAR", "address of mail", personal=True),
            *_VALIDITY,
        ),
    ),
    Table(
        "dim_item",
        "One slice of an item (article, SKU), with its cost from one day to another.",
        RECORD_GRAIN,
        (
            *row_identity("item row"),
            Column("item_key", "VARCHAR", "item id across systems", required=True),
            Column("title", "VARCHAR", "name for people"),
            Column("category", "VARCHAR", "item group"),
            Column("base_unit", "VARCHAR", "unit of count"),
            Column("cost_amount", "DECIMAL(18,4)", "cost per base unit, in `currency`"),
            Column("currency", "VARCHAR", "ISO 4217"),
            Column("manufacturer", "VARCHAR", "who makes it"),
            Column("manufacturer_item", "VARCHAR", "the maker's number of it"),
            Column("gtin", "VARCHAR", "GTIN (EAN, UPC) of the base unit"),
            *_VALIDITY,
        ),
    ),
    Table(
        "fx_rate",
        "What one unit of a currency is worth in the home currency on a day, in one rate set.",
        RECORD_GRAIN,
        (
            *row_identity("rate"),
            Column("rate_set", "VARCHAR", "`daily`, `plan-2026`, ...", required=True),
            Column("currency", "VARCHAR", "ISO 4217", required=True),
            Column("rate_on", "DATE", "day of the rate", required=True),
            Column("rate", "DECIMAL(18,8)", "home currency per one unit", required=True),
        ),
    ),
)
