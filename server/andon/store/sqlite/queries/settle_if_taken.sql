UPDATE delivery SET state = :state, next_time = :next_time, error = :error, settle_time = :settle_time, token = NULL
WHERE id = :id AND state = 1 AND token = :token
RETURNING id
