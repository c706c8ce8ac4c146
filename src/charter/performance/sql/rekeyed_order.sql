-- Grain: one root order that could be one half of a pair: eligible, not cancelled, of a known class, of an account that
-- ordered both digitally and by hand. Inputs: fact_order, fact_order_line, quarantine_row. $first, $last: days (ordered_on, half-open). Units: at_seconds are
-- epoch seconds; of a source that tells days only they are the day's first second, and `timed` is false. `reached`: another
-- system has a copy of it, or lines, or a row that is held. `lone`: the share of its source's digital orders that no other system has a copy of.
CREATE OR REPLACE TEMP TABLE rekeyed_order AS
WITH elsewhere AS (
  SELECT l.root_key
  FROM {fact_order_line} AS l
  JOIN {fact_order} AS f ON f.root_key = l.root_key AND f.source <> l.source
  UNION
  SELECT q.root_key
  FROM {quarantine_row} AS q
  JOIN {fact_order} AS f ON f.root_key = q.root_key AND f.source <> q.source
),
told AS (
  SELECT
    f.root_key, f.source, f.document_count > 1 OR e.root_key IS NOT NULL AS reached, f.account_key, COALESCE(f.selling_scope, 'group') AS scope, f.ordered_on, f.commit_class, f.touchpoint,
    f.commit_class IN ('C0', 'C1', 'C2') AS digital, f.net_amount, f.currency, COALESCE(f.confirmed, FALSE) AS counted,
    CASE
      WHEN COALESCE(f.time_precision, 'second') = 'day' THEN NULL
      WHEN f.commit_class IN ('C0', 'C1', 'C2') THEN COALESCE(f.received_at, f.entered_at, f.confirmed_at)
      ELSE COALESCE(f.entered_at, f.received_at, f.confirmed_at)
    END AS at
  FROM {fact_order} AS f
  LEFT JOIN elsewhere AS e ON e.root_key = f.root_key
  WHERE f.eligible AND f.cancelled_at IS NULL AND f.account_key IS NOT NULL
    AND f.commit_class IN ('C0', 'C1', 'C2', 'C3', 'C4', 'C5')
    AND f.ordered_on >= $first AND f.ordered_on < $last
),
mixed AS (
  SELECT t.account_key
  FROM told AS t
  GROUP BY t.account_key
  HAVING MAX(CASE WHEN t.digital THEN 1 ELSE 0 END) > MIN(CASE WHEN t.digital THEN 1 ELSE 0 END)
),
alone AS (
  SELECT t.source, AVG(CASE WHEN t.reached THEN 0.0 ELSE 1.0 END) AS share
  FROM told AS t
  WHERE t.digital
  GROUP BY t.source
)
SELECT
  t.root_key, t.source, t.account_key, t.scope, t.ordered_on, t.commit_class, t.touchpoint, t.digital, t.net_amount, t.currency,
  t.counted, t.at IS NOT NULL AS timed, t.reached, COALESCE(a.share, 1.0) AS lone,
  CASE WHEN t.at IS NOT NULL THEN CAST(FLOOR(EPOCH(t.at)) AS BIGINT)
    ELSE CAST(DATEDIFF('day', DATE '1970-01-01', t.ordered_on) AS BIGINT) * 86400 END AS at_seconds
FROM told AS t
JOIN mixed AS b ON b.account_key = t.account_key
LEFT JOIN alone AS a ON a.source = t.source
