SELECT d.id, d.data_key FROM task t JOIN decision d ON d.id = t.decision_id WHERE t.id = :task_id
