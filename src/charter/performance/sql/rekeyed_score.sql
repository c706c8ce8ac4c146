-- Grain: a pair of temp.rekeyed_pair, with what the account does by itself. Inputs: temp.rekeyed_pair, temp.rekeyed_near,
-- temp.rekeyed_basket, temp.rekeyed_order. $seconds: length of what was looked at; $window: seconds. Units: millionths.
-- repeats: the account's other orders of the basket; soon: how many of them came within the window after the one before;
-- alone: its manual orders of the basket that follow no digital one. By its rate alone (and at that of its other manual orders
-- times the basket's share of the orders of others) so many would be entered by chance in the time between the two, a day at
-- least. chance weighs that as two repeats against those that were seen (an account with a rhythm does not order at random),
-- and doubles it for each day beyond the first: what is keyed again is keyed soon. Where nearly every digital order of its source
-- has a copy elsewhere, that this one has none is as rare: chance is less by that share.
CREATE OR REPLACE TEMP TABLE rekeyed_score AS
WITH own AS (
  SELECT p.account_key, p.basket, COUNT(DISTINCT CASE WHEN p.gap >= 0 THEN p.manual_root END) AS followers
  FROM temp.rekeyed_pair AS p
  GROUP BY p.account_key, p.basket
),
stepped AS (
  SELECT
    n.account_key, n.basket,
    n.at_seconds - LAG(n.at_seconds) OVER (PARTITION BY n.account_key, n.basket ORDER BY n.at_seconds, n.root_key) AS since
  FROM temp.rekeyed_near AS n
),
rhythm AS (
  SELECT s.account_key, s.basket, SUM(CASE WHEN s.since <= $window THEN 1 ELSE 0 END) AS soon
  FROM stepped AS s
  GROUP BY s.account_key, s.basket
),
wanted AS (SELECT DISTINCT o.basket FROM own AS o),
everywhere AS (
  SELECT b.basket, COUNT(*) AS orders
  FROM temp.rekeyed_basket AS b
  JOIN wanted AS w ON w.basket = b.basket
  GROUP BY b.basket
),
account AS (
  SELECT o.account_key, SUM(CASE WHEN o.digital THEN 0 ELSE 1 END) AS manual_orders
  FROM temp.rekeyed_order AS o
  GROUP BY o.account_key
),
whole AS (SELECT COUNT(*) AS orders FROM temp.rekeyed_order AS o),
counted AS (
  SELECT
    p.digital_root, p.manual_root, p.account_key, p.scope, p.manual_on, p.lines, p.gap,
    p.digital_orders + p.manual_orders - 2 AS repeats, GREATEST(r.soon - 1, 0) AS soon,
    p.manual_orders - o.followers - CASE WHEN p.gap < 0 AND p.manual_orders > o.followers THEN 1 ELSE 0 END AS alone,
    GREATEST(
      (a.manual_orders * 1.0) * (e.orders - p.digital_orders - p.manual_orders) / w.orders, 0
    ) AS popular,
    t.lone
  FROM temp.rekeyed_pair AS p
  JOIN own AS o ON o.account_key = p.account_key AND o.basket = p.basket
  JOIN rhythm AS r ON r.account_key = p.account_key AND r.basket = p.basket
  JOIN everywhere AS e ON e.basket = p.basket
  JOIN account AS a ON a.account_key = p.account_key
  JOIN temp.rekeyed_order AS t ON t.root_key = p.digital_root
  CROSS JOIN whole AS w
)
SELECT
  c.digital_root, c.manual_root, c.account_key, c.scope, c.manual_on, c.lines, c.gap, c.repeats, c.soon, c.alone,
  CAST(FLOOR(LEAST(
    1000000.0 * c.lone * POWER(2, GREATEST(ABS(c.gap) - 86400, 0) / 86400.0)
      * (c.soon + 2.0 * (c.alone + c.popular) * GREATEST(ABS(c.gap), 86400) / $seconds) / (c.repeats + 2),
    1000000000
  )) AS BIGINT) AS chance
FROM counted AS c
