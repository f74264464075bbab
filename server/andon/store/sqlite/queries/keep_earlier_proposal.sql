INSERT INTO earlier_proposal (decision_sequence, amendment, time, payload_hash, body)
SELECT sequence, :amendment, :now, :payload_hash, :body FROM decision WHERE id = :decision_id
