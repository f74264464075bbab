-- Nobody else changes these tasks before the commit; locked before their decisions, as everywhere.
SELECT id FROM task WHERE decision_id = ANY (:ids::text[]) ORDER BY id FOR NO KEY UPDATE
