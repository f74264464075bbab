-- Whoever passes on a decision is not handed a task of it any more.
INSERT INTO barred (decision_sequence, principal, why)
SELECT decision_sequence, :holder, 2 FROM task WHERE id = :task_id
ON CONFLICT DO NOTHING
