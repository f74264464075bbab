-- Further tasks on decisions that are there; see insert_decisions.
$new_tasks
