UPDATE decision SET superseded_by = :by WHERE id = :decision_id
