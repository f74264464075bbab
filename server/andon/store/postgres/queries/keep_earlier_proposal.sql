INSERT INTO earlier_proposal (decision_id, amendment, time, payload_hash, body)
VALUES (:decision_id, :amendment, :now, :payload_hash, :body)
