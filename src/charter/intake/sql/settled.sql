-- Grain: one held row (batch_id, row_number) of one entity ($source, $entity) with a batch that brought it again since.
-- In: quarantine_row, and of the merge that is going on: mapped (its rows), batch_of (its batches, by number of delivery).
-- Rows without a key are known by what they say, and by which of equal ones of their batch they are.
WITH standing AS (
    SELECT q.batch_id, q.row_number, b._delivery AS at, coalesce(q.version_order, '') AS version,
        coalesce(q.row_key, q.payload || ' ' || CAST(row_number() OVER (
            PARTITION BY q.batch_id, q.row_key, q.payload ORDER BY q.row_number
        ) AS VARCHAR)) AS identity
    FROM {quarantine_row} AS q
    LEFT JOIN batch_of AS b ON b.batch_id = q.batch_id
    WHERE q.source = $source AND q.entity = $entity AND q.settled_by IS NULL
),
came AS (
    SELECT m._key AS identity, coalesce(m._version, '') AS version, m._delivery AS at, m._row AS row_number, b.batch_id, true AS mended
    FROM mapped AS m
    JOIN batch_of AS b ON b._delivery = m._delivery
    WHERE m._rules IS NULL AND m._key IN (SELECT s.identity FROM standing AS s)
    UNION ALL
    SELECT s.identity, s.version, s.at, s.row_number, s.batch_id, false
    FROM standing AS s
    WHERE s.at IS NOT NULL
)
SELECT s.batch_id, s.row_number, c.batch_id AS settled_by
FROM standing AS s
JOIN came AS c ON c.identity = s.identity
WHERE c.version > s.version
    OR (c.version = s.version AND (s.at IS NULL AND NOT (c.batch_id = s.batch_id) OR c.at > s.at))
    OR (c.version = s.version AND c.mended AND c.at = s.at AND c.row_number > s.row_number)
