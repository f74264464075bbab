INSERT INTO appeal (decision_sequence, level, appellant, reason, create_time, task_id)
SELECT sequence, :level, :appellant, :reason, :now, :task_id FROM decision WHERE id = :decision_id
