-- Grain: root order x basket. Inputs: temp.rekeyed_order, temp.rekeyed_mark. A basket is the multiset of items and quantities;
-- of a digital order without (whole) lines it is the net amount with its currency, and then the manual orders of the account
-- stand by theirs as well.
CREATE OR REPLACE TEMP TABLE rekeyed_basket AS
WITH bare AS (
  SELECT DISTINCT o.account_key
  FROM temp.rekeyed_order AS o
  LEFT JOIN temp.rekeyed_mark AS k ON k.root_key = o.root_key
  WHERE o.digital AND k.root_key IS NULL
)
SELECT
  o.root_key, o.account_key, o.scope, o.ordered_on, o.digital, o.timed, o.at_seconds, k.lines,
  'lines ' || CAST(k.lines AS VARCHAR) || ' ' || CAST(k.mark_1 AS VARCHAR) || ' ' || CAST(k.mark_2 AS VARCHAR) AS basket
FROM temp.rekeyed_order AS o
JOIN temp.rekeyed_mark AS k ON k.root_key = o.root_key
UNION ALL
SELECT
  o.root_key, o.account_key, o.scope, o.ordered_on, o.digital, o.timed, o.at_seconds, 0 AS lines,
  'amount ' || o.currency || ' ' || CAST(o.net_amount AS VARCHAR) AS basket
FROM temp.rekeyed_order AS o
JOIN bare AS b ON b.account_key = o.account_key
LEFT JOIN temp.rekeyed_mark AS k ON k.root_key = o.root_key
WHERE o.net_amount > 0 AND o.currency IS NOT NULL AND (k.root_key IS NULL OR NOT o.digital)
