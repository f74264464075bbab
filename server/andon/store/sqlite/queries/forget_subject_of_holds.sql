-- Released holds on a subject that nothing is left of.
UPDATE legal_hold SET subject = ''
WHERE subject IN (SELECT value FROM json_each(:subjects)) AND subject <> '' AND release_time IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.subject = legal_hold.subject AND d.subject <> '')
  AND NOT EXISTS (SELECT 1 FROM earlier_proposal e WHERE e.subject = legal_hold.subject AND e.subject <> '')
