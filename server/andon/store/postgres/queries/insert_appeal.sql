INSERT INTO appeal (decision_id, level, appellant, reason, create_time, task_id)
VALUES (:decision_id, :level, :appellant, :reason, :now, :task_id)
