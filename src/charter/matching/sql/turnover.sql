-- Grain: key x currency x day. Inputs: temp.wanted_record (key), fact_order. Orders that count, of the 12 months until the
-- newest order; amounts net, in their own currency.
WITH newest AS (
  SELECT MAX(f.ordered_on) AS day FROM {fact_order} AS f WHERE f.eligible
)
SELECT
  w.key, f.currency, f.ordered_on, COUNT(*) AS orders, SUM(f.net_amount) AS net_amount
FROM {fact_order} AS f
JOIN temp.wanted_record AS w ON w.key = f.account_key
JOIN newest AS n ON f.ordered_on > n.day - INTERVAL 1 YEAR
WHERE f.eligible AND COALESCE(f.confirmed, TRUE)
GROUP BY w.key, f.currency, f.ordered_on
