r.sequence, r.task_id, d.id AS decision_id, r.reviewer, r.verdict, r.time, r.corrected_prediction AS review_correction, r.comment AS review_comment, r.changed_fields AS review_changed,
r.override, r.saw_prediction, r.shown AS review_shown, r.view_time, r.level
