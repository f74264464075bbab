INSERT INTO earlier_proposal (decision_sequence, amendment, time, payload_hash, body, subject, data_key)
SELECT sequence, :amendment, :now, :payload_hash, :body, :subject, data_key FROM decision WHERE id = :decision_id
