-- All servers are told, and find by the head what they may have missed.
WITH kept AS (
  INSERT INTO destroyed_key (id, proof) VALUES (:id, :proof) ON CONFLICT (id) DO UPDATE SET proof = excluded.proof
), counted AS (
  UPDATE head SET value = value + 1 WHERE name = 'keys_destroyed'
)
SELECT pg_notify('andon', '')
