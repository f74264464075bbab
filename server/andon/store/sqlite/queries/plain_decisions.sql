-- The next decisions of which not all is sealed.
SELECT d.id FROM decision d WHERE d.id > :after $filter ORDER BY d.id LIMIT :limit
