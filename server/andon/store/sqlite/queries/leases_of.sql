-- The decisions of which somebody holds a task, and whether the lease is in force.
SELECT decision_sequence, lease_expire_time > :now FROM task WHERE holder = :holder AND state = $LEASED
