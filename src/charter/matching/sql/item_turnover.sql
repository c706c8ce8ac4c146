-- Grain: key x currency x day. Inputs: temp.wanted_record (key), fact_order_line. Lines that count, of the 12 months until the
-- newest one; amounts net, in their own currency.
WITH newest AS (
  SELECT MAX(f.ordered_on) AS day FROM {fact_order_line} AS f WHERE f.eligible
)
SELECT
  w.key, f.currency, f.ordered_on, COUNT(*) AS orders, SUM(f.net_amount) AS net_amount
FROM {fact_order_line} AS f
JOIN temp.wanted_record AS w ON w.key = f.item_key
JOIN newest AS n ON f.ordered_on > n.day - INTERVAL 1 YEAR
WHERE f.eligible
GROUP BY w.key, f.currency, f.ordered_on
