-- Grain: one control total of a source (source, entity, scope, month, measure), with ours beside it.
-- In: control_total, the entity's records ({record} is order_record, fact_order_line or fact_invoice_line, {day} its day), excluded_row, quarantine_row; of the
-- months from $first until $past (exclusive) that stand in temp.comparing.
-- Units: orders and invoices (documents of the entity) and lines are counts, net_amount is money in the source's currency. Months are those of the records' days.
WITH total AS (
    SELECT c.source, c.entity, c.scope, c.month, c.measure, c.value
    FROM {control_total} AS c
    WHERE c.source = $source AND c.entity = $entity AND c.month >= $first AND c.month < $past
        AND c.month IN (SELECT m.month FROM comparing AS m)
),
-- What became of each source row: the same columns for those taken in (1), left out (2) and held (3).
stood AS (
    SELECT 1 AS fate, r.document_key, r.selling_scope AS scope, r.{day} AS data_on, r.net_amount AS amount
    FROM {record} AS r
    WHERE r.source = $source AND r.entity = $entity AND r.{day} >= $first AND r.{day} < $past
    UNION ALL
    SELECT 2, e.document_key, e.scope, e.data_on, e.value_amount
    FROM {excluded_row} AS e
    WHERE e.source = $source AND e.entity = $entity AND e.data_on >= $first AND e.data_on < $past
    UNION ALL
    -- Of a row that is held and of which an older version was taken in, the older version counts.
    SELECT 3, h.document_key, h.scope, h.data_on, h.amount
    FROM (
        SELECT min(q.document_key) AS document_key, min(q.scope) AS scope, min(q.data_on) AS data_on, min(q.value_amount) AS amount,
            coalesce(q.row_key, q.batch_id || ' ' || CAST(q.row_number AS VARCHAR)) AS row_key
        FROM {quarantine_row} AS q
        WHERE q.source = $source AND q.entity = $entity AND q.settled_by IS NULL
        GROUP BY 5
    ) AS h
    WHERE h.data_on >= $first AND h.data_on < $past AND h.row_key NOT IN (
        SELECT r.row_key FROM {record} AS r
        WHERE r.source = $source AND r.entity = $entity AND r.row_key IN (
            SELECT k.row_key FROM {quarantine_row} AS k
            WHERE k.source = $source AND k.entity = $entity AND k.settled_by IS NULL AND k.data_on >= $first AND k.data_on < $past
        )
    )
),
-- Rows and amounts by place: few, whatever stood there.
summed AS (
    SELECT s.fate, s.scope, s.data_on, count(*) AS rows, sum(s.amount) AS amount
    FROM stood AS s
    GROUP BY s.fate, s.scope, s.data_on
),
-- An order of which one line was taken in counts as ours, whatever became of its other lines.
document AS (
    SELECT s.document_key, min(s.fate) AS fate, min(s.scope) AS scope, min(s.data_on) AS data_on,
        s.document_key IS NOT NULL AND min(s.data_on) = max(s.data_on)
            AND (count(s.scope) = 0 OR count(s.scope) = count(*) AND min(s.scope) = max(s.scope)) AS lies_together
    FROM stood AS s
    GROUP BY s.document_key
),
counted AS (
    SELECT d.fate, d.scope, d.data_on, count(*) AS orders
    FROM document AS d
    WHERE d.lies_together
    GROUP BY d.fate, d.scope, d.data_on
),
-- Of an order that lies on several days or at several scopes, each total may see another part.
scattered AS (
    SELECT s.document_key, s.scope, s.data_on, min(s.fate) AS fate
    FROM stood AS s
    JOIN document AS d ON d.document_key IS NOT DISTINCT FROM s.document_key AND NOT d.lies_together
    GROUP BY s.document_key, s.scope, s.data_on
),
place AS (
    SELECT p.scope, p.data_on, d.region, d.market, d.branch
    FROM (SELECT DISTINCT s.scope, s.data_on FROM summed AS s) AS p
    LEFT JOIN {dim_scope} AS d ON d.scope = p.scope
        AND COALESCE(d.valid_from, DATE '0001-01-01') <= p.data_on AND COALESCE(d.valid_to, DATE '9999-12-31') > p.data_on
),
-- Which total is about which place.
about AS (
    SELECT t.scope AS total_scope, t.month, t.measure, p.scope, p.data_on
    FROM total AS t
    JOIN place AS p ON p.data_on >= t.month AND p.data_on < t.month + INTERVAL 1 MONTH
        AND (t.scope = 'group' OR t.scope IN (p.scope, p.region, p.market, p.branch))
),
found AS (
    SELECT a.total_scope, a.month, a.measure, s.fate, CASE a.measure WHEN 'net_amount' THEN s.amount ELSE s.rows END AS value
    FROM about AS a
    JOIN summed AS s ON s.scope IS NOT DISTINCT FROM a.scope AND s.data_on = a.data_on
    WHERE a.measure NOT IN ('orders', 'invoices')
    UNION ALL
    SELECT a.total_scope, a.month, a.measure, c.fate, c.orders
    FROM about AS a
    JOIN counted AS c ON c.scope IS NOT DISTINCT FROM a.scope AND c.data_on = a.data_on
    WHERE a.measure IN ('orders', 'invoices')
    UNION ALL
    SELECT k.total_scope, k.month, k.measure, k.fate, 1
    FROM (
        SELECT a.total_scope, a.month, a.measure, s.document_key, min(s.fate) AS fate
        FROM about AS a
        JOIN scattered AS s ON s.scope IS NOT DISTINCT FROM a.scope AND s.data_on = a.data_on
        WHERE a.measure IN ('orders', 'invoices')
        GROUP BY a.total_scope, a.month, a.measure, s.document_key
    ) AS k
)
SELECT t.source, t.entity, t.scope, t.month, t.measure, t.value AS theirs,
    CAST(coalesce(sum(CASE f.fate WHEN 1 THEN f.value END), 0) AS DECIMAL(18, 4)) AS ours,
    CAST(coalesce(sum(CASE f.fate WHEN 3 THEN f.value END), 0) AS DECIMAL(18, 4)) AS quarantined,
    CAST(coalesce(sum(CASE f.fate WHEN 2 THEN f.value END), 0) AS DECIMAL(18, 4)) AS excluded
FROM total AS t
LEFT JOIN found AS f ON f.total_scope = t.scope AND f.month = t.month AND f.measure = t.measure
GROUP BY t.source, t.entity, t.scope, t.month, t.measure, t.value
