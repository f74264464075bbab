-- By halving: `low` rises to the first decision made at :moment or later, or to the one after the last.
WITH RECURSIVE half (low, high) AS (
  SELECT 1::bigint, :last::bigint + 1
  UNION ALL
  SELECT CASE WHEN m.create_time < :moment::bigint THEN m.sequence + 1 ELSE h.low END,
    CASE WHEN m.create_time < :moment::bigint THEN h.high ELSE (h.low + h.high) / 2 END
  FROM half h CROSS JOIN LATERAL (
    SELECT d.sequence, d.create_time FROM decision d
    WHERE d.sequence >= (h.low + h.high) / 2
    ORDER BY d.sequence
    LIMIT 1
  ) m
  WHERE h.low < h.high
)
SELECT max(low) FROM half
