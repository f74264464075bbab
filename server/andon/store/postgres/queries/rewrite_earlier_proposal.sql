UPDATE earlier_proposal SET body = :body, subject = :subject, data_key = :data_key
WHERE decision_id = :decision_id AND amendment = :amendment
