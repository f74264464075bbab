SELECT r.queue, r.wait
FROM (SELECT DISTINCT queue FROM lane) q
CROSS JOIN review r ON r.sequence IN (
  SELECT n.sequence FROM review n WHERE n.queue = q.queue ORDER BY n.sequence DESC LIMIT :limit
)
ORDER BY r.queue, r.sequence
