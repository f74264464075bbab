-- Whoever passes on a decision is not handed a task of it any more.
WITH released AS (
  UPDATE task SET state = $to_release, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
  WHERE id = :task_id AND state $from_release
    AND holder = :holder AND token = :token AND lease_expire_time > :now
  RETURNING id, decision_id
), passed AS (
  INSERT INTO barred (decision_id, principal, why) SELECT decision_id, :holder, 2 FROM released WHERE :skip::boolean
  ON CONFLICT DO NOTHING
)
SELECT id FROM released
