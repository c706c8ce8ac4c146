-- Grain: one account, with the firm that it belongs to: of those that are the same, the one that stands for them, and of that
-- the topmost within two steps. Inputs: dim_account (any of its slices), account_identity. An account that is in none is its own.
CREATE OR REPLACE TEMP TABLE impersonated_firm AS
WITH own AS (
  SELECT a.account_key, COALESCE(i.identity, a.account_key) AS own, a.parent_account_key AS parent
  FROM {dim_account} AS a
  LEFT JOIN {account_identity} AS i ON i.account_key = a.account_key
),
above AS (
  SELECT o.own, MAX(COALESCE(i.identity, o.parent)) AS parent
  FROM own AS o
  LEFT JOIN {account_identity} AS i ON i.account_key = o.parent
  GROUP BY o.own
)
SELECT o.account_key, MAX(COALESCE(b.parent, a.parent, o.own)) AS firm
FROM own AS o
JOIN above AS a ON a.own = o.own
LEFT JOIN above AS b ON b.own = a.parent
GROUP BY o.account_key
