-- Grain: one root order whose lines all name an item and a quantity. Inputs: temp.rekeyed_order, fact_order_line.
-- The marks are sums over the lines of the square and the cube of a number made from item and quantity, each modulo the prime
-- 2^31 - 1: equal multisets of (item, quantity) have equal marks, others differ but for some 1 in 2^60.
CREATE OR REPLACE TEMP TABLE rekeyed_mark AS
WITH item AS (
  SELECT i.item_key, ROW_NUMBER() OVER (ORDER BY i.item_key) AS number
  FROM (SELECT DISTINCT l.item_key FROM {fact_order_line} AS l WHERE l.item_key IS NOT NULL) AS i
),
numbered AS (
  SELECT
    l.root_key,
    (i.number * 1664525 + (CAST(l.quantity * 10000 AS BIGINT) % 2147483647) * 22695477 + 1013904223) % 2147483647 AS x
  FROM {fact_order_line} AS l
  JOIN temp.rekeyed_order AS o ON o.root_key = l.root_key
  LEFT JOIN item AS i ON i.item_key = l.item_key
  WHERE l.is_origin IS NULL OR l.is_origin
)
SELECT
  n.root_key, COUNT(*) AS lines,
  CAST(SUM((n.x * n.x) % 2147483647) AS BIGINT) AS mark_1,
  CAST(SUM((((n.x * n.x) % 2147483647) * n.x) % 2147483647) AS BIGINT) AS mark_2
FROM numbered AS n
GROUP BY n.root_key
HAVING COUNT(*) = COUNT(n.x)
