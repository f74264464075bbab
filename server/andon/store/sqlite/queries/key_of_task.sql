SELECT d.id, d.data_key FROM task t JOIN decision d ON d.sequence = t.decision_sequence WHERE t.sequence = :task_sequence
