-- One more appeal: against what has ended, unless another is open.
UPDATE decision SET appeals = appeals + 1
WHERE id = :decision_id AND outcome IS NOT NULL AND outcome <> :cancelled AND appeals + 1 = :level AND erase_time IS NULL
  AND NOT EXISTS (SELECT 1 FROM appeal a WHERE a.decision_id = decision.id AND a.outcome IS NULL)
RETURNING id
