-- Grain: selling scope x account. Inputs: temp.worklist_order (eligible root orders of the last year, placed under the
-- asked scope, `inside` the period or before it), fact_order_line, dim_account, account_identity. Parameter: $least manual orders.
-- A basket is the sorted set of its items; it repeats where the account ordered the same set before.
WITH item AS (
  SELECT DISTINCT l.root_key, l.item_key
  FROM {fact_order_line} AS l
  JOIN temp.worklist_order AS o ON o.root_key = l.root_key
  WHERE l.item_key IS NOT NULL
),
basket AS (
  SELECT i.root_key, STRING_AGG(i.item_key, '|' ORDER BY i.item_key) AS items
  FROM item AS i
  GROUP BY i.root_key
),
told AS (
  SELECT
    o.root_key, o.scope, o.account_key, o.ordered_on, o.manual, o.digital, o.inside, o.net_amount, o.currency, b.items,
    ROW_NUMBER() OVER (PARTITION BY o.account_key, b.items ORDER BY o.ordered_on, o.root_key) AS occurrence
  FROM temp.worklist_order AS o
  LEFT JOIN basket AS b ON b.root_key = o.root_key
),
login AS (
  SELECT COALESCE(i.identity, a.account_key) AS account_key, MAX(CASE WHEN a.has_login THEN 1 WHEN NOT a.has_login THEN 0 END) AS has_login
  FROM {dim_account} AS a
  LEFT JOIN {account_identity} AS i ON i.account_key = a.account_key
  WHERE a.valid_to IS NULL
  GROUP BY COALESCE(i.identity, a.account_key)
)
SELECT
  t.scope, t.account_key,
  SUM(CASE WHEN t.manual THEN 1 ELSE 0 END) AS manual_orders,
  SUM(CASE WHEN t.manual AND t.items IS NOT NULL AND t.occurrence > 1 THEN 1 ELSE 0 END) AS repeated_baskets,
  SUM(CASE WHEN t.digital THEN 1 ELSE 0 END) AS digital_orders,
  -- Of manual orders in several currencies there is no one value.
  CASE WHEN COUNT(DISTINCT CASE WHEN t.manual THEN t.currency END) <= 1
    THEN SUM(CASE WHEN t.manual THEN t.net_amount ELSE 0 END) END AS manual_value,
  CASE WHEN COUNT(DISTINCT CASE WHEN t.manual THEN t.currency END) = 1
    THEN MIN(CASE WHEN t.manual THEN t.currency END) END AS currency,
  MAX(l.has_login) AS has_login,
  MAX(CASE WHEN t.manual THEN t.ordered_on END) AS last_manual_on
FROM told AS t
LEFT JOIN login AS l ON l.account_key = t.account_key
WHERE t.inside
GROUP BY t.scope, t.account_key
HAVING SUM(CASE WHEN t.manual THEN 1 ELSE 0 END) >= $least
ORDER BY repeated_baskets DESC, manual_orders DESC, t.scope, t.account_key
