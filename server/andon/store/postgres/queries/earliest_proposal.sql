SELECT payload_hash, body FROM earlier_proposal WHERE decision_id = :decision_id AND amendment = 1
