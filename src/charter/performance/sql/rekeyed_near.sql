-- Grain: root order x basket, of the account's baskets that it ordered both digitally and by hand. Inputs: temp.rekeyed_basket.
-- $most: manual orders of one basket from which on one more of them is no rare event, whatever the digital ones are.
CREATE OR REPLACE TEMP TABLE rekeyed_near AS
WITH basket AS (
  SELECT
    b.account_key, b.basket,
    SUM(CASE WHEN b.digital THEN 1 ELSE 0 END) AS digital_orders,
    SUM(CASE WHEN b.digital THEN 0 ELSE 1 END) AS manual_orders
  FROM temp.rekeyed_basket AS b
  GROUP BY b.account_key, b.basket
)
SELECT
  b.root_key, b.account_key, b.basket, b.scope, b.ordered_on, b.digital, b.timed, b.at_seconds, b.lines,
  g.digital_orders, g.manual_orders
FROM temp.rekeyed_basket AS b
JOIN basket AS g ON g.account_key = b.account_key AND g.basket = b.basket
WHERE g.digital_orders > 0 AND g.manual_orders > 0 AND g.manual_orders <= $most + g.digital_orders
