-- Grain: one suspect pair under the asked scope and in the asked period. Inputs: temp.rekeyed_suspect, temp.rekeyed_score,
-- temp.rekeyed_order, temp.rekeyed_placed (manual_root). Units: gap in seconds, net amount in `currency`, chance in millionths.
SELECT
  m.scope, m.account_key, s.digital_root, s.manual_root, d.touchpoint AS digital_touchpoint, d.commit_class AS digital_class,
  m.touchpoint AS manual_touchpoint, m.commit_class AS manual_class, m.ordered_on, s.gap, m.net_amount, m.currency, s.lines,
  s.repeats, s.soon, s.alone, s.chance, d.counted AS digital_counted, m.counted AS manual_counted
FROM temp.rekeyed_suspect AS x
JOIN temp.rekeyed_score AS s ON s.digital_root = x.digital_root AND s.manual_root = x.manual_root
JOIN temp.rekeyed_placed AS p ON p.manual_root = x.manual_root
JOIN temp.rekeyed_order AS d ON d.root_key = x.digital_root
JOIN temp.rekeyed_order AS m ON m.root_key = x.manual_root
ORDER BY m.scope, m.account_key, m.ordered_on, s.digital_root
