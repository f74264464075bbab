-- What retention may remove of a month.
SELECT d.sequence FROM decision d
WHERE d.id >= :low AND d.id < :high AND d.outcome IS NOT NULL
  AND d.action NOT IN (SELECT value FROM json_each(:kept))
  AND NOT EXISTS (SELECT 1 FROM task o WHERE o.decision_sequence = d.sequence AND o.state $OPEN)
  AND NOT $held
