WITH gone AS (DELETE FROM decision d WHERE d.id >= :low AND d.id < :high $filter RETURNING 1)
SELECT count(*) FROM gone
