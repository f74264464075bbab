UPDATE earlier_proposal SET body = :body WHERE decision_sequence = :sequence AND amendment = :amendment
