-- The answer to what has ended is used up, the one time there is.
INSERT INTO redemption (decision_id, redeemer, request_id, time)
SELECT id, :redeemer, :request_id::varchar, :now FROM decision WHERE id = :decision_id AND outcome IS NOT NULL
