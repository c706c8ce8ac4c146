-- Grain: one market (scope; null: what cannot be placed) of one rule that is a ratchet, of one entity of a source.
-- In: ratchet_share. Units: rows; the share is that of the newest delivery that counted, with the best before it.
-- Markets of which no share has counted yet have null there, and the rows that came of them in waiting_rows.
WITH ordered AS (
    SELECT r.source, r.entity, r.rule, r.scope, r.delivery, r.received_at, r.counted_failed, r.counted_rows, r.counts, r.worse,
        r.best_failed, r.best_rows, r.best_delivery, r.best_at,
        row_number() OVER (PARTITION BY r.source, r.entity, r.rule, r.scope ORDER BY r.received_at, r.position) AS n
    FROM {ratchet_share} AS r
),
placed AS (
    SELECT o.source, o.entity, o.rule, o.scope, o.delivery, o.received_at, o.counted_failed, o.counted_rows, o.counts, o.worse,
        o.best_failed, o.best_rows, o.best_delivery, o.best_at, o.n,
        max(CASE WHEN o.counts AND NOT o.worse THEN o.n END) OVER (PARTITION BY o.source, o.entity, o.rule, o.scope) AS last_good
    FROM ordered AS o
)
SELECT p.source, p.entity, p.rule, p.scope,
    max_by(p.counted_failed, p.n) FILTER (WHERE p.counts) AS failed,
    max_by(p.counted_rows, p.n) FILTER (WHERE p.counts) AS rows,
    max_by(p.delivery, p.n) FILTER (WHERE p.counts) AS delivery,
    max_by(p.received_at, p.n) FILTER (WHERE p.counts) AS received_at,
    max_by(CASE WHEN p.counts THEN 0 ELSE p.counted_rows END, p.n) AS waiting_rows,
    min_by(p.delivery, p.n) FILTER (WHERE p.worse AND p.n > coalesce(p.last_good, 0)) AS worse_since,
    min_by(p.received_at, p.n) FILTER (WHERE p.worse AND p.n > coalesce(p.last_good, 0)) AS worse_at,
    -- max_by passes nulls over, and the first share that counted has no best: so it is packed.
    max_by({'f': p.best_failed, 'r': p.best_rows, 'd': p.best_delivery, 'a': p.best_at}, p.n) FILTER (WHERE p.counts) AS best
FROM placed AS p
GROUP BY p.source, p.entity, p.rule, p.scope
ORDER BY worse_at NULLS LAST, p.source, p.entity, p.rule, p.scope NULLS LAST
