-- Grain: one pause of a case: from its entry into waiting for the customer until it no longer waits. Inputs:
-- temp.paused_event, temp.paused_case, case_event, scope_calendar, calendar_day; $calendar: the Calendar that times cases.
-- Units: seconds (calendar) and worked (business seconds; null: no calendar). What is not told accuses nobody: `untold`.
CREATE OR REPLACE TEMP TABLE paused_pause AS
WITH span AS (
  SELECT e.case_key, e.episode, e.pause, MIN(e.position) AS begins, MAX(e.position) + 1 AS ends
  FROM temp.paused_event AS e
  WHERE e.state = 'waiting_customer'
  GROUP BY e.case_key, e.episode, e.pause
),
bounded AS (
  SELECT
    s.case_key, s.episode, s.begins, s.ends, b.at AS began_at, b.at_seconds AS from_seconds, z.at_seconds AS until_seconds,
    b.actor_side AS begun_by, z.actor_side AS ended_by, b.team, b.source, c.scope
  FROM span AS s
  JOIN temp.paused_case AS c ON c.case_key = s.case_key AND c.episode = s.episode
  JOIN temp.paused_event AS b ON b.case_key = s.case_key AND b.position = s.begins
  JOIN temp.paused_event AS z ON z.case_key = s.case_key AND z.position = s.ends
),
spoken AS (
  SELECT
    b.case_key, b.begins, COALESCE(MAX(CASE WHEN e.position < b.begins AND e.word THEN e.position END), 0) AS last_word,
    MAX(CASE WHEN e.position > b.begins AND e.position <= b.ends AND e.word THEN 1 ELSE 0 END) AS answered,
    MAX(CASE WHEN e.position > b.begins AND e.position < b.ends AND e.actor_side IS NULL AND e.contact IS NULL THEN 1
      ELSE 0 END) AS veiled
  FROM bounded AS b
  JOIN temp.paused_event AS e ON e.case_key = b.case_key
  GROUP BY b.case_key, b.begins
),
asked AS (
  SELECT DISTINCT b.case_key, b.begins
  FROM bounded AS b
  JOIN spoken AS s ON s.case_key = b.case_key AND s.begins = b.begins
  JOIN temp.paused_event AS e ON e.case_key = b.case_key AND e.position > s.last_word AND e.position <= b.ends
  WHERE e.contact = 'to_customer'
),
telling AS (SELECT DISTINCT e.source FROM {case_event} AS e WHERE e.contact = 'to_customer'),
timed AS (
  SELECT
    b.case_key, b.begins,
    z.before_seconds
      + LEAST(GREATEST(b.until_seconds - z.open_1, 0), z.close_1 - z.open_1)
      + LEAST(GREATEST(b.until_seconds - z.open_2, 0), z.close_2 - z.open_2)
      + LEAST(GREATEST(b.until_seconds - z.open_3, 0), z.close_3 - z.open_3)
      + LEAST(GREATEST(b.until_seconds - z.open_4, 0), z.close_4 - z.open_4)
      - a.before_seconds
      - LEAST(GREATEST(b.from_seconds - a.open_1, 0), a.close_1 - a.open_1)
      - LEAST(GREATEST(b.from_seconds - a.open_2, 0), a.close_2 - a.open_2)
      - LEAST(GREATEST(b.from_seconds - a.open_3, 0), a.close_3 - a.open_3)
      - LEAST(GREATEST(b.from_seconds - a.open_4, 0), a.close_4 - a.open_4)
      AS worked
  FROM bounded AS b
  JOIN {scope_calendar} AS c ON c.name = $calendar AND c.scope = b.scope
  JOIN {calendar_day} AS a ON a.calendar = c.calendar AND a.utc_day = CAST(FLOOR(b.from_seconds / 86400) AS BIGINT)
  JOIN {calendar_day} AS z ON z.calendar = c.calendar AND z.utc_day = CAST(FLOOR(b.until_seconds / 86400) AS BIGINT)
)
SELECT
  b.case_key, b.episode, b.team, b.began_at, b.until_seconds - b.from_seconds AS seconds, t.worked,
  CASE
    WHEN b.until_seconds = b.from_seconds OR b.begun_by IN ('customer', 'system') OR b.ended_by IN ('customer', 'system')
      OR s.answered = 1 OR q.case_key IS NOT NULL THEN 'kept'
    WHEN b.begun_by IS NULL OR b.ended_by IS NULL OR s.veiled = 1 OR y.source IS NULL THEN 'untold'
    ELSE 'suspect'
  END AS verdict
FROM bounded AS b
JOIN spoken AS s ON s.case_key = b.case_key AND s.begins = b.begins
LEFT JOIN asked AS q ON q.case_key = b.case_key AND q.begins = b.begins
LEFT JOIN telling AS y ON y.source = b.source
LEFT JOIN timed AS t ON t.case_key = b.case_key AND t.begins = b.begins
