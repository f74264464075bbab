-- Sequences are given once, also when what had them is gone.
INSERT INTO meta (name, value)
SELECT 'decision', ifnull(max(sequence), 0) FROM decision WHERE true
UNION ALL SELECT 'review', ifnull(max(sequence), 0) FROM review WHERE true
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
