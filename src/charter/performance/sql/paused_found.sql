-- Grain: one suspect pause. Inputs: temp.paused_pause, temp.paused_case. Units: seconds; `without` is the case's business
-- time with all of its suspect pauses counted (null: no calendar).
WITH added AS (
  SELECT p.case_key, p.episode, SUM(p.worked) AS worked, SUM(CASE WHEN p.worked IS NULL THEN 1 ELSE 0 END) AS untimed
  FROM temp.paused_pause AS p
  WHERE p.verdict = 'suspect'
  GROUP BY p.case_key, p.episode
)
SELECT
  c.scope, p.case_key, p.episode, p.team, p.began_at, p.seconds, p.worked, c.business_seconds,
  CASE WHEN a.untimed = 0 THEN c.business_seconds + a.worked END AS without, c.case_type, c.priority, c.channel
FROM temp.paused_pause AS p
JOIN temp.paused_case AS c ON c.case_key = p.case_key AND c.episode = p.episode
JOIN added AS a ON a.case_key = p.case_key AND a.episode = p.episode
WHERE p.verdict = 'suspect'
ORDER BY c.scope, p.case_key, p.episode, p.began_at
