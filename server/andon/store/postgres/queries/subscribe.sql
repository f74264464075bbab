INSERT INTO subscription (name, cursor)
SELECT n, (SELECT value FROM head WHERE name = 'c_ledger') FROM unnest(:names::text[]) AS t (n)
ON CONFLICT (name) DO NOTHING
