-- By halving: `low` rises to the first entry of :moment or later, or to the one after the last.
WITH RECURSIVE half (low, high) AS (
  SELECT 1, :last + 1
  UNION ALL
  SELECT CASE WHEN n.time < :moment THEN n.sequence + 1 ELSE h.low END,
    CASE WHEN n.time < :moment THEN h.high ELSE n.sequence END
  FROM half h JOIN ledger n ON n.sequence = (h.low + h.high) / 2
  WHERE h.low < h.high
)
SELECT max(low) FROM half
