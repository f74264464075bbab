UPDATE earlier_proposal SET body = :body, subject = '', data_key = NULL
WHERE decision_id = :decision_id AND amendment = :amendment
