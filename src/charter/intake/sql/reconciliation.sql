-- Grain: one control total of a source (source, entity, scope, month, measure), with ours beside it.
-- In: control_total, the entity's records ({record} is order_record or fact_order_line), excluded_row, quarantine_row.
-- Units: orders and lines are counts, net_amount is money in the source's currency. Months are those of the records' days.
WITH total AS (
    SELECT c.source, c.entity, c.scope, c.month, c.measure, c.value
    FROM {control_total} AS c
    WHERE c.source = $source AND c.entity = $entity
),
-- What became of each source row: the same columns for those taken in, left out and held.
stood AS (
    SELECT 'ours' AS fate, r.document_key, r.row_key, r.selling_scope AS scope, r.ordered_on AS data_on, r.net_amount AS amount
    FROM {record} AS r
    WHERE r.source = $source AND r.entity = $entity
    UNION ALL
    SELECT 'excluded', e.document_key, e.row_key, e.scope, e.data_on, e.value_amount
    FROM {excluded_row} AS e
    WHERE e.source = $source AND e.entity = $entity
    UNION ALL
    -- Of a row that is held and of which an older version was taken in, the older version counts.
    SELECT 'quarantined', min(q.document_key), coalesce(q.row_key, q.batch_id || ' ' || CAST(q.row_number AS VARCHAR)) AS row_key,
        min(q.scope), min(q.data_on), min(q.value_amount)
    FROM {quarantine_row} AS q
    WHERE q.source = $source AND q.entity = $entity AND q.settled_by IS NULL AND NOT EXISTS (
        SELECT 1 FROM {record} AS r WHERE r.source = $source AND r.entity = $entity AND r.row_key = q.row_key
    )
    GROUP BY 3
),
placed AS (
    SELECT s.fate, s.document_key, s.amount, s.data_on, s.scope, d.region, d.market, d.branch
    FROM stood AS s
    LEFT JOIN {dim_scope} AS d ON d.scope = s.scope
        AND COALESCE(d.valid_from, DATE '0001-01-01') <= s.data_on AND COALESCE(d.valid_to, DATE '9999-12-31') > s.data_on
),
compared AS (
    SELECT t.scope, t.month, t.measure, p.fate, p.document_key, p.amount
    FROM total AS t
    JOIN placed AS p ON p.data_on >= t.month AND p.data_on < t.month + INTERVAL 1 MONTH
        AND (t.scope = 'group' OR t.scope IN (p.scope, p.region, p.market, p.branch))
),
-- An order of which one line was taken in counts as ours, whatever became of its other lines.
told AS (
    SELECT scope, month, measure, fate, amount,
        CASE measure
            WHEN 'orders' THEN row_number() OVER (
                PARTITION BY scope, month, measure, document_key
                ORDER BY CASE fate WHEN 'ours' THEN 1 WHEN 'excluded' THEN 2 ELSE 3 END
            ) = 1
            ELSE true
        END AS counts
    FROM compared
),
summed AS (
    SELECT scope, month, measure, fate, CASE measure WHEN 'net_amount' THEN sum(amount) ELSE count(*) END AS value
    FROM told
    WHERE counts
    GROUP BY scope, month, measure, fate
)
SELECT t.source, t.entity, t.scope, t.month, t.measure, t.value AS theirs,
    CAST(coalesce(max(CASE s.fate WHEN 'ours' THEN s.value END), 0) AS DECIMAL(18, 4)) AS ours,
    CAST(coalesce(max(CASE s.fate WHEN 'quarantined' THEN s.value END), 0) AS DECIMAL(18, 4)) AS quarantined,
    CAST(coalesce(max(CASE s.fate WHEN 'excluded' THEN s.value END), 0) AS DECIMAL(18, 4)) AS excluded
FROM total AS t
LEFT JOIN summed AS s ON s.scope = t.scope AND s.month = t.month AND s.measure = t.measure
GROUP BY ALL
