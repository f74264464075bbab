SELECT d.outcome, d.appeals, EXISTS (SELECT 1 FROM appeal a WHERE a.decision_sequence = d.sequence AND a.outcome IS NULL),
  d.erase_time IS NOT NULL
FROM decision d WHERE d.id = :decision_id
