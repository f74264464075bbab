-- Waits for those who are at these tasks. To be undone at once, so that nothing stays locked.
SELECT t.id FROM task t WHERE t.id = ANY (:heads::text[]) AND t.state $from_lease ORDER BY t.id FOR NO KEY UPDATE
