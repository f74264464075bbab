UPDATE review SET shown = :shown WHERE task_id = :task_id
