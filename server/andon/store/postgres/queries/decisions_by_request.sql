SELECT r.principal, r.request_id, r.hash, $columns_decision
FROM unnest(:principals::text[], :request_ids::text[]) AS k (principal, request_id)
JOIN request r ON r.principal = k.principal AND r.request_id = k.request_id AND r.kind = 1
JOIN $from_decision ON d.id = r.subject
