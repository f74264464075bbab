-- By what a repeated call would be known: it was made of words. Of a submission that is the hash of the payload.
UPDATE request SET hash = '' WHERE subject IN (
  SELECT d.id FROM decision d WHERE d.sequence IN (SELECT value FROM json_each(:sequences))
  UNION ALL
  SELECT t.id FROM task t WHERE t.decision_sequence IN (SELECT value FROM json_each(:sequences))
)
