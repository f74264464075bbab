UPDATE earlier_proposal SET body = :body
WHERE decision_sequence = :decision_sequence AND amendment = :amendment
