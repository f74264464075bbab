SELECT l.queue, s.number - 1, sum(f.created)::bigint, sum(f.closed)::bigint, sum(f.escalated)::bigint
FROM unnest(:starts::bigint[], :ends::bigint[]) WITH ORDINALITY AS s (since, until, number)
CROSS JOIN LATERAL (
  SELECT lane, count(*) AS created, 0 AS closed, 0 AS escalated
  FROM task WHERE enter_time >= s.since AND enter_time < s.until GROUP BY lane
  UNION ALL
  SELECT lane, 0, count(*), 0 FROM task WHERE close_time >= s.since AND close_time < s.until GROUP BY lane
  UNION ALL
  SELECT lane, count(*), 0, 0 FROM stay WHERE enter_time >= s.since AND enter_time < s.until GROUP BY lane
  UNION ALL
  SELECT lane, 0, 0, count(*) FROM stay WHERE leave_time >= s.since AND leave_time < s.until GROUP BY lane
) f
JOIN lane l ON l.id = f.lane
WHERE :queues::text[] IS NULL OR l.queue = ANY (:queues)
GROUP BY l.queue, s.number
