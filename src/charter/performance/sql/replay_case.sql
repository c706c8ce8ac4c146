-- Grain: one episode of a case (fact_case). Inputs: temp.replay_event, temp.replay_episode, scope_calendar,
-- calendar_day, dim_scope; $calendar: name of the Calendar document that times cases. Units: whole seconds.
INSERT INTO {fact_case}
WITH timed AS (
  SELECT
    e.case_key, e.episode, e.position, e.at_seconds, e.until_seconds, e.state, e.done,
    d.before_seconds
      + LEAST(GREATEST(e.at_seconds - d.open_1, 0), d.close_1 - d.open_1)
      + LEAST(GREATEST(e.at_seconds - d.open_2, 0), d.close_2 - d.open_2)
      + LEAST(GREATEST(e.at_seconds - d.open_3, 0), d.close_3 - d.open_3)
      + LEAST(GREATEST(e.at_seconds - d.open_4, 0), d.close_4 - d.open_4)
      AS reading
  FROM temp.replay_event AS e
  JOIN temp.replay_episode AS p ON p.case_key = e.case_key AND p.episode = e.episode
  LEFT JOIN {scope_calendar} AS c ON c.name = $calendar AND c.scope = COALESCE(p.serving_scope, 'group')
  LEFT JOIN {calendar_day} AS d ON d.calendar = c.calendar AND d.utc_day = CAST(FLOOR(e.at_seconds / 86400) AS BIGINT)
),
measured AS (
  SELECT
    t.case_key, t.episode, t.state, t.done, t.until_seconds - t.at_seconds AS seconds,
    LEAD(t.reading) OVER (PARTITION BY t.case_key, t.episode ORDER BY t.position) - t.reading AS worked
  FROM timed AS t
),
summed AS (
  SELECT
    m.case_key, m.episode,
    SUM(CASE WHEN m.done OR m.state = 'waiting_customer' THEN 0 ELSE m.seconds END) AS calendar_seconds,
    SUM(CASE WHEN m.state = 'waiting_customer' THEN m.seconds ELSE 0 END) AS customer_wait_seconds,
    SUM(CASE WHEN m.done OR m.state = 'waiting_customer' THEN 0 ELSE m.worked END) AS business_seconds,
    SUM(CASE WHEN m.state = 'waiting_customer' THEN m.worked ELSE 0 END) AS customer_wait_business_seconds,
    SUM(CASE WHEN NOT m.done AND m.worked IS NULL THEN 1 ELSE 0 END) AS untimed
  FROM measured AS m
  GROUP BY m.case_key, m.episode
)
SELECT
  p.case_key, p.episode, p.source, p.stream, p.case_type, p.priority, p.channel, p.serving_scope, p.account_key,
  p.opened_at, p.resolved_at,
  CAST(p.resolved_at AT TIME ZONE COALESCE(s.time_zone, home.time_zone, 'UTC') AS DATE) AS resolved_on,
  p.state,
  p.resolved_at IS NOT NULL AND p.state = 'closed_unconfirmed' AS unconfirmed,
  CASE WHEN p.resolved_at IS NOT NULL AND u.untimed = 0 THEN u.business_seconds END AS business_seconds,
  CASE WHEN p.resolved_at IS NOT NULL THEN u.calendar_seconds END AS calendar_seconds,
  CASE WHEN p.resolved_at IS NOT NULL
    THEN CAST(FLOOR(EPOCH(p.resolved_at)) AS BIGINT) - CAST(FLOOR(EPOCH(p.opened_at)) AS BIGINT) END AS elapsed_seconds,
  CASE WHEN p.resolved_at IS NOT NULL THEN u.customer_wait_seconds END AS customer_wait_seconds,
  CASE WHEN p.resolved_at IS NOT NULL AND u.untimed = 0 THEN u.customer_wait_business_seconds
  END AS customer_wait_business_seconds,
  p.pauses, p.reopenings
FROM temp.replay_episode AS p
JOIN summed AS u ON u.case_key = p.case_key AND u.episode = p.episode
LEFT JOIN {dim_scope} AS s
  ON s.scope = COALESCE(p.serving_scope, 'group')
  AND COALESCE(s.valid_from, DATE '0001-01-01') <= CAST(p.resolved_at AT TIME ZONE 'UTC' AS DATE)
  AND COALESCE(s.valid_to, DATE '9999-12-31') > CAST(p.resolved_at AT TIME ZONE 'UTC' AS DATE)
LEFT JOIN (SELECT MIN(g.time_zone) AS time_zone FROM {dim_scope} AS g WHERE g.scope = 'group') AS home ON TRUE
