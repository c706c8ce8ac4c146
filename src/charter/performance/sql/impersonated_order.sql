-- Grain: one order of the period that counts as committed digitally by the customer (C1, C2), with why it is a suspect: `told` (the
-- source tells an employee), `person` (a person of the organisation on that day), `serves` (acts as an employee for others),
-- `many` (orders for many firms); `kept`: nothing speaks against it; `untold`: not told who. Inputs: fact_order,
-- temp.impersonated_identity, temp.impersonated_staff (identity, begin, until). $first, $last: days (ordered_on, half-open);
-- $serves, $many: firms. Units: net amount in `currency`.
CREATE OR REPLACE TEMP TABLE impersonated_order AS
WITH told AS (
  SELECT
    f.root_key, f.source, f.account_key, COALESCE(f.selling_scope, 'group') AS scope, f.ordered_on, f.commit_class, f.touchpoint,
    f.net_amount, f.currency, f.placed_by, f.placed_by_side
  FROM {fact_order} AS f
  WHERE f.eligible AND f.confirmed AND f.commit_class IN ('C1', 'C2') AND f.ordered_on >= $first AND f.ordered_on < $last
),
known AS (
  SELECT DISTINCT t.root_key
  FROM told AS t
  JOIN temp.impersonated_staff AS p
    ON p.identity = t.placed_by AND p.begin <= t.ordered_on AND p.until > t.ordered_on
)
SELECT
  t.root_key, t.source, t.account_key, t.scope, t.ordered_on, t.commit_class, t.touchpoint, t.net_amount, t.currency,
  t.placed_by AS identity, COALESCE(i.served, 0) AS served, COALESCE(i.ordered, 0) AS ordered,
  CASE
    WHEN t.placed_by_side = 'agent' THEN 'told'
    WHEN k.root_key IS NOT NULL THEN 'person'
    WHEN t.placed_by_side IS NOT NULL THEN 'kept'
    WHEN t.placed_by IS NULL THEN 'untold'
    WHEN COALESCE(i.served, 0) >= $serves THEN 'serves'
    WHEN COALESCE(i.ordered, 0) >= $many AND COALESCE(t.touchpoint, '') <> 'punchout' THEN 'many'
    ELSE 'kept'
  END AS verdict
FROM told AS t
LEFT JOIN known AS k ON k.root_key = t.root_key
LEFT JOIN temp.impersonated_identity AS i ON i.identity = t.placed_by
