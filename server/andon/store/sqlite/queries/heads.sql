SELECT
  (SELECT ifnull(max(sequence), 0) FROM decision),
  (SELECT ifnull(max(sequence), 0) FROM ledger),
  (SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1)
