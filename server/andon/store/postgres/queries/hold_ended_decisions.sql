-- Nobody changes or appeals these before the commit.
SELECT id FROM decision WHERE id = ANY (:ids::text[]) ORDER BY id FOR NO KEY UPDATE
