-- Grain: item. Input: dim_item. Of each item the newest of each text, over its sources and slices: `at` orders them.
WITH slice AS (
  SELECT
    i.item_key, i.title, i.manufacturer, i.manufacturer_item, i.gtin, i.category, i.source,
    struct_pack(day := COALESCE(i.valid_from, DATE '0001-01-01'), source := i.source, entity := i.entity, row_key := i.row_key) AS at
  FROM {dim_item} AS i
)
SELECT
  s.item_key AS key,
  ARG_MAX(s.title, s.at) FILTER (WHERE s.title IS NOT NULL) AS title,
  ARG_MAX(s.manufacturer, s.at) FILTER (WHERE s.manufacturer IS NOT NULL) AS manufacturer,
  ARG_MAX(s.manufacturer_item, s.at) FILTER (WHERE s.manufacturer_item IS NOT NULL) AS manufacturer_item,
  ARG_MAX(s.gtin, s.at) FILTER (WHERE s.gtin IS NOT NULL) AS gtin,
  ARG_MAX(s.category, s.at) FILTER (WHERE s.category IS NOT NULL) AS category,
  CAST(NULL AS VARCHAR) AS home_scope,
  STRING_AGG(DISTINCT s.source, ', ' ORDER BY s.source) AS sources
FROM slice AS s
GROUP BY s.item_key
