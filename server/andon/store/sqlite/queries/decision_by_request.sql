SELECT d.request_hash, $columns_decision FROM $from_decision
WHERE d.submitter = :principal AND d.request_id = :request_id
