-- What there is to erase: how many of each, and the ids of the first that are left.
WITH standing AS (
  SELECT d.id, d.sequence, CASE
      WHEN d.erase_time IS NOT NULL THEN 'earlier'
      WHEN $held THEN 'held'
      WHEN d.outcome IS NULL
        OR EXISTS (SELECT FROM task o WHERE o.decision_id = d.id AND o.state $OPEN) THEN 'open'
      ELSE 'erasable'
    END AS standing
  FROM decision d WHERE d.id <> '' $filter
)
SELECT standing, total, id FROM (
  SELECT standing, id, count(*) OVER (PARTITION BY standing) AS total,
    row_number() OVER (PARTITION BY standing ORDER BY sequence) AS place
  FROM standing
) AS placed
WHERE place <= 1 OR place <= :most AND standing IN ('open', 'held')
ORDER BY standing, place
