-- A server that has died holds its token; after its time is up it counts no more.
UPDATE delivery SET state = 1, next_time = :now, settle_time = NULL, token = NULL,
  attempts = CASE WHEN state = 1 THEN attempts ELSE 0 END,
  error = CASE WHEN state = 1 THEN error ELSE '' END
WHERE id = :id AND (state <> 1 OR token IS NULL OR next_time <= :now)
RETURNING $columns_delivery
