r.sequence, r.task_id, d.id, r.reviewer, r.verdict, r.time, r.corrected_prediction, r.comment, r.changed_fields,
r.override, r.saw_prediction, r.shown, r.view_time, r.level
