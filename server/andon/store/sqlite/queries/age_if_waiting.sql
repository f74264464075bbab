UPDATE task SET rank = max(-$TOP, rank - $STEP), aging_time = aging_time + :interval
WHERE sequence IN (
  SELECT sequence FROM task
  WHERE state = $WAITING AND rank > -$TOP AND aging_time <= :now - :interval
  ORDER BY aging_time
  LIMIT :limit
)
