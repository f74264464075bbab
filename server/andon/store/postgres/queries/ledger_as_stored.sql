SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash, words
FROM (
  SELECT page.*, sum(octet_length(body) + octet_length(words) + :around::bigint) OVER (ORDER BY sequence) AS so_far
  FROM (
    SELECT n.*, coalesce(w.words, '') AS words FROM ledger n LEFT JOIN ledger_words w ON w.sequence = n.sequence
    WHERE n.sequence > :after ORDER BY n.sequence LIMIT :limit
  ) AS page
) AS page
WHERE so_far - octet_length(body) - octet_length(words) - :around::bigint < :size::bigint
ORDER BY sequence
