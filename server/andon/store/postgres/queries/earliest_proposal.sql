SELECT payload_hash, body AS earlier_body, decision_id, amendment FROM earlier_proposal WHERE decision_id = :decision_id AND amendment = 1
