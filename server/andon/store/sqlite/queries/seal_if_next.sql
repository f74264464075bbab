INSERT INTO checkpoint (size, head, frontier, note, time)
SELECT :size, :head, :frontier, :note, :time
WHERE (SELECT ifnull(max(size), 0) FROM checkpoint) = :after
  AND :after < :size
  AND EXISTS (SELECT 1 FROM ledger WHERE sequence = :size AND hash = :head)
