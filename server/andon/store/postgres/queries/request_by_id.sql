SELECT hash, subject FROM request WHERE principal = :principal AND request_id = :request_id AND kind = :kind
