-- No index has submissions. By halving: `low` rises to the first entry of :moment or later.
-- The one sought lies near, unless a clock was set back.
WITH RECURSIVE half (low, high) AS (
  SELECT 1, (SELECT ifnull(max(sequence), 0) + 1 FROM ledger)
  UNION ALL
  SELECT CASE WHEN n.time < :moment THEN n.sequence + 1 ELSE h.low END,
    CASE WHEN n.time < :moment THEN h.high ELSE n.sequence END
  FROM half h JOIN ledger n ON n.sequence = (h.low + h.high) / 2
  WHERE h.low < h.high
)
SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash FROM ledger
WHERE sequence >= (SELECT max(low) FROM half) - :reach AND sequence <= (SELECT max(low) FROM half) + :reach
  AND decision_id = :decision_id AND kind = 'decision.submitted'
LIMIT 1
