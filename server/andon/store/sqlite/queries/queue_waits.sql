-- A clock may be set back; a wait is never negative.
SELECT l.queue, json_group_array(max(0, t.first_lease_time - t.create_time))
FROM task t JOIN lane l ON l.id = t.first_lease_lane
WHERE t.first_lease_time >= :start AND t.first_lease_time < :end
  AND (:queues IS NULL OR l.queue IN (SELECT value FROM json_each(:queues)))
GROUP BY l.queue
