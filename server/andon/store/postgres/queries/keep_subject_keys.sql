INSERT INTO subject_key (id, subject, wrapped, create_time)
OVERRIDING SYSTEM VALUE
SELECT k.id, k.subject, k.wrapped, :now::bigint
FROM unnest(:ids::bigint[], :subjects::text[], :wrapped::text[]) AS k (id, subject, wrapped)
ON CONFLICT (subject) DO NOTHING
