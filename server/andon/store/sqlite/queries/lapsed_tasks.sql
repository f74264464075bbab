SELECT sequence, holder FROM task
WHERE state = $LEASED AND lease_expire_time <= :now
ORDER BY lease_expire_time, sequence
LIMIT :limit
