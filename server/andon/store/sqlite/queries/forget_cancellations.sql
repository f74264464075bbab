UPDATE cancellation SET request_hash = '' WHERE decision_id IN (
  SELECT d.id FROM decision d WHERE d.sequence IN (SELECT value FROM json_each(:sequences))
)
