UPDATE earlier_proposal SET body = :body, subject = :subject, data_key = :data_key
WHERE decision_sequence = :decision_sequence AND amendment = :amendment
