-- The next entries whose words are not sealed.
SELECT n.sequence FROM ledger n WHERE n.sequence > :after $filter ORDER BY n.sequence LIMIT :limit
