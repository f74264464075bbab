-- What binds the receipts of a decision: it only ever gets stricter.
UPDATE decision SET receipt = :receipt WHERE id = :decision_id AND outcome IS NULL
