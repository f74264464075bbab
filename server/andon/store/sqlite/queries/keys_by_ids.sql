-- Keys, and the proofs that some were destroyed: these come last, and count.
SELECT id, subject, wrapped FROM subject_key WHERE id IN (SELECT value FROM json_each(:ids))
UNION ALL
SELECT id, NULL, proof FROM destroyed_key WHERE id IN (SELECT value FROM json_each(:ids))
