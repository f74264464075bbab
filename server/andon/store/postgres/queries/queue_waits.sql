-- A clock may be set back; a wait is never negative.
SELECT w.queue, s.number - 1, w.shares[1], w.shares[2]
FROM unnest(:starts::bigint[], :ends::bigint[]) WITH ORDINALITY AS s (since, until, number)
CROSS JOIN LATERAL (
  SELECT l.queue, percentile_disc(ARRAY[0.5, 0.9])
    WITHIN GROUP (ORDER BY greatest(0, t.first_lease_time - t.create_time)) AS shares
  FROM task t JOIN lane l ON l.id = t.first_lease_lane
  WHERE t.first_lease_time >= s.since AND t.first_lease_time < s.until
    AND (:queues::text[] IS NULL OR l.queue = ANY (:queues))
  GROUP BY l.queue
) w
