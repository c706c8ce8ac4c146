-- Grain: one event of a case to be judged, in its place (temp.replay_event). Inputs: temp.replay_member, temp.replay_event,
-- case_event. The place is counted as in replay_event.sql; the start (position 0) is nobody's event. Units: epoch seconds.
CREATE OR REPLACE TEMP TABLE paused_event AS
WITH placed AS (
  SELECT
    e.case_key, e.source, e.actor_side, e.contact, e.assigned_team,
    ROW_NUMBER() OVER (
      PARTITION BY e.case_key ORDER BY e.sequence NULLS FIRST, e.occurred_at, e.row_key, e.source, e.entity
    ) AS position
  FROM {case_event} AS e
  JOIN temp.replay_member AS m ON m.case_key = e.case_key
)
SELECT
  r.case_key, r.position, r.episode, r.at, r.at_seconds, r.state, r.pauses, p.actor_side, p.contact, p.source,
  p.actor_side IS NOT NULL AND p.actor_side = 'customer' OR p.contact IS NOT NULL AND p.contact = 'from_customer' AS word,
  LAST_VALUE(p.assigned_team IGNORE NULLS) OVER (
    PARTITION BY r.case_key ORDER BY r.position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS team,
  SUM(CASE WHEN r.pauses THEN 1 ELSE 0 END) OVER (
    PARTITION BY r.case_key ORDER BY r.position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS pause
FROM temp.replay_event AS r
LEFT JOIN placed AS p ON p.case_key = r.case_key AND p.position = r.position
