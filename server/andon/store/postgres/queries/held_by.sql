SELECT $columns_task, $columns_decision FROM $from_task
WHERE t.holder = :holder AND t.state = $LEASED AND t.lease_expire_time > :now
ORDER BY t.lease_time, t.id
