-- Grain: pairs of which each is the nearest that both of its orders have left. Inputs: temp.rekeyed_open. Nearest in time;
-- among equals the smaller keys. Adds them to temp.rekeyed_suspect.
INSERT INTO temp.rekeyed_suspect
WITH ranked AS (
  SELECT
    o.digital_root, o.manual_root,
    ROW_NUMBER() OVER (PARTITION BY o.digital_root ORDER BY o.gap, o.digital_root, o.manual_root) AS of_digital,
    ROW_NUMBER() OVER (PARTITION BY o.manual_root ORDER BY o.gap, o.digital_root, o.manual_root) AS of_manual
  FROM temp.rekeyed_open AS o
)
SELECT r.digital_root, r.manual_root FROM ranked AS r WHERE r.of_digital = 1 AND r.of_manual = 1
