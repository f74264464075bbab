SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash
FROM (
  SELECT page.*, sum(octet_length(body) + :around::bigint) OVER (ORDER BY sequence) AS so_far
  FROM (SELECT * FROM ledger WHERE sequence > :after ORDER BY sequence LIMIT :limit) AS page
) AS page
WHERE so_far - octet_length(body) - :around::bigint < :size::bigint
ORDER BY sequence
