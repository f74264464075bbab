INSERT INTO earlier_proposal (decision_id, amendment, time, payload_hash, body, subject, data_key)
SELECT id, :amendment, :now, :payload_hash, :body, :subject, data_key FROM decision WHERE id = :decision_id
