INSERT INTO checkpoint (size, head, frontier, note, time)
SELECT :size::bigint, :head::text, :frontier::bytea, :note::text, :time::bigint
WHERE (SELECT coalesce(max(size), 0) FROM checkpoint) = :after::bigint
  AND :after::bigint < :size::bigint
  AND EXISTS (SELECT FROM ledger WHERE sequence = :size::bigint AND hash = :head::text)
ON CONFLICT DO NOTHING
RETURNING size
