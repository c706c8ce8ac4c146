-- Grain: one episode of a case. Inputs: temp.replay_event.
-- The last turn into a done state ends the episode, unless it was reopened since or that turn was a cancellation.
CREATE OR REPLACE TEMP TABLE replay_episode AS
WITH told AS (
  SELECT
    e.case_key, e.episode,
    MAX(e.position) AS last_position,
    MAX(CASE WHEN e.ends THEN e.position END) AS end_position,
    MIN(e.at) AS opened_at,
    MIN(e.priority) AS priority,
    SUM(CASE WHEN e.pauses THEN 1 ELSE 0 END) AS pauses,
    SUM(CASE WHEN e.reopens THEN 1 ELSE 0 END) AS reopenings
  FROM temp.replay_event AS e
  GROUP BY e.case_key, e.episode
)
SELECT
  t.case_key, t.episode, t.opened_at, t.priority, t.pauses, t.reopenings,
  final.state, final.source, final.stream, final.channel,
  CASE WHEN final.done AND ending.state <> 'cancelled' THEN ending.at END AS resolved_at,
  CASE WHEN final.done AND ending.state <> 'cancelled' THEN ending.serving_scope ELSE final.serving_scope
  END AS serving_scope,
  CASE WHEN final.done AND ending.state <> 'cancelled' THEN ending.case_type ELSE final.case_type END AS case_type,
  CASE WHEN final.done AND ending.state <> 'cancelled' THEN ending.account_key ELSE final.account_key
  END AS account_key
FROM told AS t
JOIN temp.replay_event AS final ON final.case_key = t.case_key AND final.position = t.last_position
LEFT JOIN temp.replay_event AS ending ON ending.case_key = t.case_key AND ending.position = t.end_position
