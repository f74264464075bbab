-- Key by key, whatever the planner believes of the tables' lengths: OFFSET 0 keeps it from joining them whole.
SELECT r.principal, r.request_id, r.hash, $columns_decision
FROM unnest(:principals::text[], :request_ids::text[]) AS k (principal, request_id)
CROSS JOIN LATERAL (
  SELECT * FROM request q WHERE q.principal = k.principal AND q.request_id = k.request_id AND q.kind = 1 OFFSET 0
) r
JOIN $from_decision ON d.id = r.subject
