SELECT l.queue, sum(waiting)::bigint, sum(leased)::bigint, min(oldest), min(next_expire)
FROM (
  SELECT lane, count(*) AS waiting, 0 AS leased, min(create_time) AS oldest, min(expire_time) AS next_expire
  FROM task WHERE state = $WAITING GROUP BY lane
  UNION ALL
  SELECT lane, 0, count(*), NULL, min(expire_time) FROM task WHERE state = $LEASED GROUP BY lane
) depth JOIN lane l ON l.id = depth.lane
GROUP BY l.queue
