-- The proofs that keys were destroyed, and keys: these come last, and count where a backup has brought one back.
SELECT id, NULL AS subject, proof AS wrapped FROM destroyed_key WHERE id = ANY (:ids::bigint[])
UNION ALL
SELECT id, subject, wrapped FROM subject_key WHERE id = ANY (:ids::bigint[])
