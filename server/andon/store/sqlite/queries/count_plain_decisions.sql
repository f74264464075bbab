SELECT count(*) FROM decision d WHERE d.id <> '' $filter
