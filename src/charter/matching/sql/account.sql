-- Grain: account. Input: dim_account. Of each account the newest name, the newest address as a whole, and the newest of each
-- number, over its sources and slices: `at` orders them. Texts as the sources write them.
WITH slice AS (
  SELECT
    a.account_key, a.name, a.tax_id, a.phone, a.email, a.parent_account_key, a.home_scope, a.source,
    CASE WHEN COALESCE(a.street, a.postal_code, a.city) IS NOT NULL
      THEN struct_pack(street := a.street, postal_code := a.postal_code, city := a.city, country := a.country) END AS address,
    a.country,
    struct_pack(day := COALESCE(a.valid_from, DATE '0001-01-01'), source := a.source, entity := a.entity, row_key := a.row_key) AS at
  FROM {dim_account} AS a
),
newest AS (
  SELECT
    s.account_key,
    ARG_MAX(s.name, s.at) FILTER (WHERE s.name IS NOT NULL) AS name,
    ARG_MAX(s.address, s.at) FILTER (WHERE s.address IS NOT NULL) AS address,
    ARG_MAX(s.country, s.at) FILTER (WHERE s.country IS NOT NULL) AS country,
    ARG_MAX(s.tax_id, s.at) FILTER (WHERE s.tax_id IS NOT NULL) AS tax_id,
    ARG_MAX(s.phone, s.at) FILTER (WHERE s.phone IS NOT NULL) AS phone,
    ARG_MAX(s.email, s.at) FILTER (WHERE s.email IS NOT NULL) AS email,
    ARG_MAX(s.parent_account_key, s.at) FILTER (WHERE s.parent_account_key IS NOT NULL) AS parent_account_key,
    ARG_MAX(s.home_scope, s.at) FILTER (WHERE s.home_scope IS NOT NULL) AS home_scope,
    STRING_AGG(DISTINCT s.source, ', ' ORDER BY s.source) AS sources
  FROM slice AS s
  GROUP BY s.account_key
)
SELECT
  n.account_key AS key, n.name, n.address.street AS street, n.address.postal_code AS postal_code, n.address.city AS city,
  COALESCE(n.address.country, n.country) AS country, n.tax_id, n.phone, n.email, n.parent_account_key, n.home_scope, n.sources
FROM newest AS n
