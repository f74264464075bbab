UPDATE earlier_proposal SET body = :body WHERE decision_id = :decision_id AND amendment = :amendment
