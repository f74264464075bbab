SELECT count(*), count(*) FILTER (WHERE d.outcome IS NULL), count(*) FILTER (WHERE $held)
FROM decision d
WHERE d.id >= :low AND d.id < :high $filter
