-- What retention may remove of a month.
SELECT d.id FROM decision d
WHERE d.id >= :low AND d.id < :high AND d.outcome IS NOT NULL AND d.action <> ALL (:kept::text[])
  AND NOT EXISTS (SELECT FROM task o WHERE o.decision_id = d.id AND o.state $OPEN)
  AND NOT $held
