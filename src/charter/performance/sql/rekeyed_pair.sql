-- Grain: digital root order x manual root order of the same account and basket, entered within the window of each other.
-- Inputs: temp.rekeyed_near, dim_scope. $window: seconds. `gap` is from the digital to the manual one (days x 86,400 where one
-- of them has days only); a negative one is the other way round: no re-keying, and the measure of what comes by chance.
-- Their scopes are equal, or one lies in the other: a shop often knows the market only. Three things were not keyed again: what
-- reached the ERP; a machine's order (C0) that stands in one system with the manual one; and a counter sale copies nothing, since
-- it is taken at once by a customer who stands there.
CREATE OR REPLACE TEMP TABLE rekeyed_pair AS
WITH near AS (
  SELECT
    d.root_key AS digital_root, m.root_key AS manual_root, d.account_key, d.basket, d.digital_orders, d.manual_orders, d.lines,
    d.scope AS digital_scope, m.scope AS manual_scope, d.ordered_on AS digital_on, m.ordered_on AS manual_on,
    CASE WHEN d.timed AND m.timed THEN m.at_seconds - d.at_seconds
      ELSE CAST(DATEDIFF('day', d.ordered_on, m.ordered_on) AS BIGINT) * 86400 END AS gap
  FROM temp.rekeyed_near AS d
  JOIN temp.rekeyed_near AS m ON m.account_key = d.account_key AND m.basket = d.basket
  JOIN temp.rekeyed_order AS o ON o.root_key = d.root_key
  JOIN temp.rekeyed_order AS c ON c.root_key = m.root_key
  WHERE d.digital AND NOT m.digital AND NOT o.reached AND (o.source <> c.source OR o.commit_class <> 'C0')
    AND COALESCE(c.touchpoint, '') <> 'counter'
)
SELECT
  n.digital_root, n.manual_root, n.account_key, n.basket, n.digital_orders, n.manual_orders, n.lines, n.manual_scope AS scope,
  n.manual_on, n.gap
FROM near AS n
LEFT JOIN {dim_scope} AS s ON s.scope = n.digital_scope
  AND COALESCE(s.valid_from, DATE '0001-01-01') <= n.digital_on AND COALESCE(s.valid_to, DATE '9999-12-31') > n.digital_on
LEFT JOIN {dim_scope} AS t ON t.scope = n.manual_scope
  AND COALESCE(t.valid_from, DATE '0001-01-01') <= n.manual_on AND COALESCE(t.valid_to, DATE '9999-12-31') > n.manual_on
WHERE n.gap >= -$window AND n.gap <= $window AND (
  n.digital_scope = n.manual_scope OR n.digital_scope IN ('group', t.region, t.market)
  OR n.manual_scope IN ('group', s.region, s.market)
)
