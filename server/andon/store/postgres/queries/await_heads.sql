-- Waits for those who are at these tasks.
SELECT t.id FROM task t WHERE t.id = ANY (:heads::text[]) AND t.state $from_lease ORDER BY t.id FOR NO KEY UPDATE
