-- Grain: market (or group) x month x currency (cube_spread). Inputs: temp.spread_line: the eligible lines of the months.
-- Key: item, unit, currency, ship-to market, month, tier band; the median is nearest-rank over the lines' unit prices.
INSERT INTO {cube_spread} (
  "definition", "scope", "month", "currency", "deviation", "covered_value", "value", "lines", "keys"
)
WITH keyed AS (
  SELECT
    l.scope, l.month, l.currency, l.item_key, l.unit, l.tier_band,
    COUNT(DISTINCT l.account_key) AS accounts, COUNT(*) AS n, SUM(l.net_amount) AS net
  FROM temp.spread_line AS l
  GROUP BY l.scope, l.month, l.currency, l.item_key, l.unit, l.tier_band
),
ranked AS (
  SELECT
    l.scope, l.month, l.currency, l.item_key, l.unit, l.tier_band, l.unit_price,
    ROW_NUMBER() OVER (
      PARTITION BY l.scope, l.month, l.currency, l.item_key, l.unit, l.tier_band ORDER BY l.unit_price
    ) AS place
  FROM temp.spread_line AS l
),
middle AS (
  SELECT
    k.scope, k.month, k.currency, k.item_key, k.unit, k.tier_band, k.n, k.net, r.unit_price AS median_price
  FROM keyed AS k
  JOIN ranked AS r
    ON r.scope = k.scope AND r.month = k.month AND r.currency = k.currency AND r.item_key = k.item_key
    AND r.unit = k.unit AND r.tier_band = k.tier_band AND r.place = CAST(FLOOR((k.n + 1) / 2) AS BIGINT)
  WHERE k.accounts >= 3
),
spread AS (
  SELECT m.scope, m.month, m.currency, SUM(ABS(l.net_amount - l.quantity * m.median_price)) AS deviation
  FROM middle AS m
  JOIN temp.spread_line AS l
    ON l.scope = m.scope AND l.month = m.month AND l.currency = m.currency AND l.item_key = m.item_key
    AND l.unit = m.unit AND l.tier_band = m.tier_band
  GROUP BY m.scope, m.month, m.currency
),
covered AS (
  SELECT m.scope, m.month, m.currency, SUM(m.net) AS net, SUM(m.n) AS lines, COUNT(*) AS keys
  FROM middle AS m
  GROUP BY m.scope, m.month, m.currency
),
whole AS (
  SELECT k.scope, k.month, k.currency, SUM(k.net) AS net FROM keyed AS k GROUP BY k.scope, k.month, k.currency
)
SELECT
  $definition AS "definition", w.scope, w.month, NULLIF(w.currency, '') AS currency,
  COALESCE(s.deviation, 0), COALESCE(c.net, 0), w.net, COALESCE(c.lines, 0), COALESCE(c.keys, 0)
FROM whole AS w
LEFT JOIN spread AS s ON s.scope = w.scope AND s.month = w.month AND s.currency = w.currency
LEFT JOIN covered AS c ON c.scope = w.scope AND c.month = w.month AND c.currency = w.currency
