SELECT l.queue, sum(f.created), sum(f.closed), sum(f.escalated)
FROM (
  SELECT lane, count(*) AS created, 0 AS closed, 0 AS escalated
  FROM task WHERE enter_time >= :start AND enter_time < :end GROUP BY lane
  UNION ALL
  SELECT lane, 0, count(*), 0 FROM task WHERE close_time >= :start AND close_time < :end GROUP BY lane
  UNION ALL
  SELECT lane, count(*), 0, 0 FROM stay WHERE enter_time >= :start AND enter_time < :end GROUP BY lane
  UNION ALL
  SELECT lane, 0, 0, count(*) FROM stay WHERE leave_time >= :start AND leave_time < :end GROUP BY lane
) f JOIN lane l ON l.id = f.lane
WHERE :queues IS NULL OR l.queue IN (SELECT value FROM json_each(:queues))
GROUP BY l.queue
