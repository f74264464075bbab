SELECT
  max(ifnull((SELECT max(sequence) FROM decision), 0), ifnull((SELECT value FROM meta WHERE name = 'decision'), 0)),
  (SELECT ifnull(max(sequence), 0) FROM ledger),
  (SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1)
