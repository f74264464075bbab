SELECT hash, subject FROM request WHERE principal = :principal AND kind = :kind AND request_id = :request_id
