-- Grain: what is held of one entity ($source, $entity), by scope, days and currency. Anything not placed has a null scope.
-- In: quarantine_row, batch, the entity's records ({record}, with its documents in {document}).
-- Units: documents and rows are counts, net_amount is money in `currency`. Days are the row's, else those of its batch.
WITH standing AS (
    SELECT coalesce(q.row_key, q.batch_id || ' ' || CAST(q.row_number AS VARCHAR)) AS row_key,
        min(q.document_key) AS document_key, min(q.scope) AS scope, min(coalesce(q.data_on, b.data_from)) AS data_from,
        max(coalesce(q.data_on, b.data_to)) AS data_to, min(q.currency) AS currency, max(q.value_amount) AS net_amount
    FROM {quarantine_row} AS q
    JOIN {batch} AS b ON b.batch_id = q.batch_id AND b.source = q.source
    WHERE q.source = $source AND q.entity = $entity AND q.settled_by IS NULL
    GROUP BY 1
),
document AS (
    SELECT coalesce(s.document_key, s.row_key) AS document_key, min(s.scope) AS scope, min(s.data_from) AS data_from,
        max(s.data_to) AS data_to, min(s.currency) AS currency, sum(s.net_amount) AS net_amount, count(*) AS rows
    FROM standing AS s
    GROUP BY 1
),
-- Of an order of which one line was taken in, a part is missing and not the order.
begun AS (
    SELECT DISTINCT r.{document} AS document_key
    FROM {record} AS r
    WHERE r.source = $source AND r.entity = $entity AND r.{document} IN (SELECT d.document_key FROM document AS d)
)
SELECT $source, $entity, d.scope, d.data_from, d.data_to, d.currency,
    sum(CASE WHEN b.document_key IS NULL THEN 1 ELSE 0 END), sum(d.rows), sum(d.net_amount)
FROM document AS d
LEFT JOIN begun AS b ON b.document_key = d.document_key
GROUP BY d.scope, d.data_from, d.data_to, d.currency
