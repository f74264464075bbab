-- Nobody else changes the tasks on the decision itself before the commit; locked before the decision, as everywhere.
SELECT id FROM task WHERE decision_id = :decision_id AND level = 0 ORDER BY id FOR NO KEY UPDATE
