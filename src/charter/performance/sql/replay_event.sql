-- Grain: one event of a case to be replayed, and one row more for its start (position 0).
-- Inputs: case_event; temp.replay_member (case_key, head_key): the families to be replayed.
-- Reopened within 14 x 86,400 seconds of the last end: the same episode.
-- Instants stand in order: one that steps back counts at the latest before it. Seconds are epoch seconds, cut.
CREATE OR REPLACE TEMP TABLE replay_event AS
WITH began AS (
  SELECT m.head_key AS case_key, MIN(LEAST(COALESCE(e.opened_at, e.occurred_at), e.occurred_at)) AS began_at
  FROM temp.replay_member AS m
  JOIN {case_event} AS e ON e.case_key = m.case_key
  GROUP BY m.head_key
),
placed AS (
  SELECT
    e.case_key,
    ROW_NUMBER() OVER (
      PARTITION BY e.case_key ORDER BY e.sequence NULLS FIRST, e.occurred_at, e.row_key, e.source, e.entity
    ) AS position,
    e.occurred_at, e.state, e.source, e.stream, e.case_type, e.priority, e.channel, e.serving_scope, e.account_key
  FROM {case_event} AS e
  JOIN began AS b ON b.case_key = e.case_key
  UNION ALL
  SELECT
    b.case_key, 0 AS position, b.began_at AS occurred_at, 'open' AS state,
    CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR)
  FROM began AS b
),
filled AS (
  SELECT
    p.case_key, p.position,
    MAX(p.occurred_at) OVER so_far AS at,
    p.state,
    SUM(CASE WHEN p.state = 'same' THEN 0 ELSE 1 END) OVER so_far AS spoken,
    FIRST_VALUE(p.source IGNORE NULLS) OVER whole AS source,
    FIRST_VALUE(p.stream IGNORE NULLS) OVER whole AS stream,
    FIRST_VALUE(p.channel IGNORE NULLS) OVER whole AS channel,
    LAST_VALUE(p.case_type IGNORE NULLS) OVER so_far AS case_type,
    LAST_VALUE(p.priority IGNORE NULLS) OVER so_far AS priority,
    LAST_VALUE(p.serving_scope IGNORE NULLS) OVER so_far AS serving_scope,
    LAST_VALUE(p.account_key IGNORE NULLS) OVER so_far AS account_key
  FROM placed AS p
  WINDOW
    so_far AS (PARTITION BY p.case_key ORDER BY p.position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    whole AS (
      PARTITION BY p.case_key ORDER BY p.position ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
told AS (
  SELECT
    f.case_key, f.position, f.at, f.source, f.stream, f.channel, f.case_type, f.priority, f.serving_scope,
    f.account_key,
    MAX(CASE WHEN f.state = 'same' THEN NULL ELSE f.state END) OVER (PARTITION BY f.case_key, f.spoken) AS state
  FROM filled AS f
),
turned AS (
  SELECT
    t.case_key, t.position, t.at, t.source, t.stream, t.channel, t.case_type, t.priority, t.serving_scope,
    t.account_key, t.state,
    t.state IN ('resolved', 'closed', 'closed_unconfirmed', 'cancelled') AS done,
    LAG(t.state) OVER in_order AS state_before,
    LEAD(t.at) OVER in_order AS until_at
  FROM told AS t
  WINDOW in_order AS (PARTITION BY t.case_key ORDER BY t.position)
),
marked AS (
  SELECT
    t.case_key, t.position, t.at, t.source, t.stream, t.channel, t.case_type, t.priority, t.serving_scope,
    t.account_key, t.state, t.state_before, t.done, t.until_at,
    t.done AND NOT (t.state_before IN ('resolved', 'closed', 'closed_unconfirmed', 'cancelled')) AS ends,
    NOT t.done
      AND COALESCE(t.state_before, 'open') IN ('resolved', 'closed', 'closed_unconfirmed', 'cancelled') AS reopens
  FROM turned AS t
),
dated AS (
  SELECT
    m.case_key, m.position, m.at, m.source, m.stream, m.channel, m.case_type, m.priority, m.serving_scope,
    m.account_key, m.state, m.state_before, m.done, m.until_at, m.ends, m.reopens,
    CAST(FLOOR(EPOCH(m.at)) AS BIGINT) AS at_seconds,
    MAX(CASE WHEN m.ends THEN CAST(FLOOR(EPOCH(m.at)) AS BIGINT) END) OVER (
      PARTITION BY m.case_key ORDER BY m.position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS ended_seconds
  FROM marked AS m
)
SELECT
  d.case_key, d.position, d.at, d.at_seconds, CAST(FLOOR(EPOCH(d.until_at)) AS BIGINT) AS until_seconds,
  d.source, d.stream, d.channel, d.case_type, d.priority, d.serving_scope, d.account_key,
  d.state, d.done, d.ends,
  d.state = 'waiting_customer' AND COALESCE(d.state_before, 'open') <> 'waiting_customer' AS pauses,
  d.reopens AND d.at_seconds <= d.ended_seconds + 1209600 AS reopens,
  1 + SUM(CASE WHEN d.reopens AND d.at_seconds > d.ended_seconds + 1209600 THEN 1 ELSE 0 END) OVER (
    PARTITION BY d.case_key ORDER BY d.position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS episode
FROM dated AS d
