UPDATE earlier_proposal SET body = :body, subject = '', data_key = NULL
WHERE decision_sequence = :sequence AND amendment = :amendment
