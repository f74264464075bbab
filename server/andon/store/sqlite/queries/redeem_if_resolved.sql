-- The answer to what has ended is used up, the one time there is.
INSERT INTO redemption (decision_sequence, redeemer, request_id, time)
SELECT sequence, :redeemer, :request_id, :now FROM decision WHERE id = :decision_id AND outcome IS NOT NULL
