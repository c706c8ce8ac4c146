-- Grain: one identity (pseudonym) that acted for somebody. Inputs: fact_order, case_event, temp.impersonated_firm. All of history:
-- who is an employee this year was no customer in the last. `served`: firms for which it acted as an employee does: manual orders,
-- orders told as an agent's, cases worked. `ordered`: firms for which it placed digital orders of which no side is told; those that
-- came by punchout are a platform's.
CREATE OR REPLACE TEMP TABLE impersonated_identity AS
WITH act AS (
  SELECT
    f.placed_by AS identity, f.account_key,
    f.placed_by_side IS NOT NULL AND f.placed_by_side = 'agent'
      OR f.placed_by_side IS NULL AND f.commit_class IN ('C3', 'C4', 'C5') AS employed,
    f.placed_by_side IS NULL AND f.commit_class IN ('C1', 'C2') AND COALESCE(f.touchpoint, '') <> 'punchout' AS ordering
  FROM {fact_order} AS f
  WHERE f.placed_by IS NOT NULL AND f.account_key IS NOT NULL
  UNION ALL
  SELECT e.actor AS identity, e.account_key, TRUE AS employed, FALSE AS ordering
  FROM {case_event} AS e
  WHERE e.actor IS NOT NULL AND e.account_key IS NOT NULL AND e.actor_side = 'agent'
)
SELECT
  a.identity, COUNT(DISTINCT CASE WHEN a.employed THEN COALESCE(m.firm, a.account_key) END) AS served,
  COUNT(DISTINCT CASE WHEN a.ordering THEN COALESCE(m.firm, a.account_key) END) AS ordered
FROM act AS a
LEFT JOIN temp.impersonated_firm AS m ON m.account_key = a.account_key
WHERE a.employed OR a.ordering
GROUP BY a.identity
