SELECT min(moment) FROM (
  SELECT min(expire_time) AS moment FROM task WHERE state $OPEN
  UNION ALL SELECT min(climb_time) FROM task WHERE state $OPEN AND climb_time IS NOT NULL
  UNION ALL SELECT min(lease_expire_time) FROM task WHERE state = $LEASED
  UNION ALL SELECT min(aging_time) + :interval::bigint FROM task WHERE state = $WAITING AND rank > -$TOP
) due
