SELECT 1 FROM delivery WHERE subscription = :subscription AND state = 1 AND next_time <= :now LIMIT 1
