"""Who is the same: the pairs that were found, what they were found by, and the crosswalk that follows from them."""

from charter.warehouse.tables.column import Column, Table


def _crosswalk(name: str, key: str, what: str) -> Table:
    return Table(
        name,
        f"The crosswalk of {what}s: of those that are the same as others, which {what} stands for all of them. One that is not "
        "here stands for itself. Facts keep their keys; whoever counts reads through this. It is derived anew from match_pair "
        "and the decisions whenever one of them changes.",
        (key,),
        (
            Column(key, "VARCHAR", f"{what} id across systems", required=True),
            Column("identity", "VARCHAR", f"the {what} that stands for all of them: the smallest of their keys", required=True),
            Column("how", "VARCHAR", "exact key, probability or decision", required=True),
            Column("told", "VARCHAR", "the key, the probability, or who decided and why", required=True, personal=True),
            Column("with_key", "VARCHAR", "the other one of the pair that this stands on", required=True),
            Column("probability", "DECIMAL(9,6)", "of that pair, by the model; null: the model did not see it"),
        ),
    )


MATCHING_TABLES = (
    Table(
        "match_pair",
        "Two accounts, or two items, that may be the same: by an exact key, or by the model with its probability.",
        ("kind", "left_key", "right_key"),
        (
            Column("kind", "VARCHAR", "account or item", required=True),
            Column("left_key", "VARCHAR", "the smaller of the two keys", required=True),
            Column("right_key", "VARCHAR", "the other one", required=True),
            Column("exact_key", "VARCHAR", "the columns of the exact key by which they are the same; null: by none"),
            Column("probability", "DECIMAL(9,6)", "that they are the same, by the model; null: the model did not see them"),
            Column("weight", "DECIMAL(9,3)", "match weight: the logarithm to base 2 of the odds"),
            Column("sure", "BOOLEAN", "the evidence is of the kind that needs no person, if the probability suffices", required=True),
            Column("steps", "VARCHAR", "JSON: of each field how it agrees, and its part of the weight"),
            Column("first_found_at", "TIMESTAMPTZ", "when the pair was found first", required=True),
        ),
    ),
    Table(
        "match_run",
        "What the newest search for pairs stood on, and what it was trained to.",
        ("kind",),
        (
            Column("kind", "VARCHAR", "account or item", required=True),
            Column("found_at", "TIMESTAMPTZ", "when it searched", required=True),
            Column("basis", "VARCHAR", "hash of the records, the document and the rules: the same basis gives the same pairs", required=True),
            Column("decisions", "BIGINT", "lines of the log of decisions that the crosswalk follows from", required=True),
            Column("records", "BIGINT", "accounts or items that were looked at", required=True),
            Column("pairs", "BIGINT", "pairs found", required=True),
            Column("accept", "DECIMAL(9,6)", "probability from which a pair is accepted without a person", required=True),
            Column("model", "VARCHAR", "JSON: how rare a pair is; for each field and step m and u; what EM learned from", required=True),
            Column("common", "VARCHAR", "JSON: values that are too common to compare by", required=True),
        ),
    ),
    _crosswalk("account_identity", "account_key", "account"),
    _crosswalk("item_identity", "item_key", "item"),
)  # fmt: skip
