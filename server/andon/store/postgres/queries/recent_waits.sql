SELECT q.queue, w.wait
FROM (SELECT DISTINCT queue FROM lane) q CROSS JOIN LATERAL (
  SELECT r.sequence, r.wait FROM review r WHERE r.queue = q.queue ORDER BY r.sequence DESC LIMIT :limit
) w
ORDER BY q.queue, w.sequence
