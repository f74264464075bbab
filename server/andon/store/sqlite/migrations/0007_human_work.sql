-- Several people on one decision, time that is given and runs out, changes while it waits, appeals.

-- What a policy says of the work on a decision beside queue, skills and deadline, as canonical JSON; stored once each.
CREATE TABLE work_plan (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL UNIQUE
) STRICT;

-- level: 0 for the decision itself, else which appeal. term: what the seat counts for; see andon.domain.plan. climb_time:
-- when the next rung of the plan's ladder is due. A lane whose skills hold a word with an @ before it is for the members
-- of that group alone.
ALTER TABLE task ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN term INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN plan INTEGER REFERENCES work_plan (id);
ALTER TABLE task ADD COLUMN rung INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN climb_time INTEGER;
ALTER TABLE task ADD COLUMN extensions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- A task that is asked of others in the same queue does not leave it.
DROP TRIGGER task_leaves_lane;
CREATE TRIGGER task_leaves_lane AFTER UPDATE OF lane ON task
WHEN (SELECT queue FROM lane WHERE id = old.lane) <> (SELECT queue FROM lane WHERE id = new.lane)
BEGIN
  INSERT INTO stay (lane, enter_time, leave_time)
  VALUES (old.lane, old.enter_time, new.enter_time);
END;

DROP INDEX task_waiting;
CREATE INDEX task_waiting ON task (
  lane, rank, expire_time, id, submitter, on_behalf_of, decision_sequence, create_time, state
) WHERE state = 1;
CREATE INDEX task_decision ON task (decision_sequence, level);
CREATE INDEX task_climbing ON task (climb_time) WHERE state IN (1, 2) AND climb_time IS NOT NULL;
-- Nobody holds two seats of one decision.
CREATE UNIQUE INDEX task_seat ON task (holder, decision_sequence) WHERE state = 2;

-- Who is not handed a decision's tasks any more. why: 1 judged it, 2 passed on it, 3 appealed.
CREATE TABLE barred (
  decision_sequence INTEGER NOT NULL REFERENCES decision (sequence),
  principal TEXT NOT NULL,
  why INTEGER NOT NULL,
  PRIMARY KEY (decision_sequence, principal)
) STRICT, WITHOUT ROWID;
INSERT INTO barred (decision_sequence, principal, why) SELECT decision_sequence, reviewer, 1 FROM review;

ALTER TABLE review ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
DROP INDEX review_group;
CREATE INDEX review_group ON review (action, time, model_name, model_version, verdict, override, level);
CREATE UNIQUE INDEX review_once ON review (decision_sequence, reviewer);

-- timeout_default: 1 REJECT, 2 APPROVE. supersedes, superseded_by: ids of decisions.
ALTER TABLE decision ADD COLUMN timeout_default INTEGER;
ALTER TABLE decision ADD COLUMN supersedes TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN superseded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN amendments INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decision ADD COLUMN appeals INTEGER NOT NULL DEFAULT 0;

-- What a decision proposed before it was amended. amendment counts from 1.
CREATE TABLE earlier_proposal (
  decision_sequence INTEGER NOT NULL REFERENCES decision (sequence),
  amendment INTEGER NOT NULL,
  time INTEGER NOT NULL,
  payload_hash TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (decision_sequence, amendment)
) STRICT, WITHOUT ROWID;

CREATE TABLE appeal (
  decision_sequence INTEGER NOT NULL REFERENCES decision (sequence),
  level INTEGER NOT NULL,
  appellant TEXT NOT NULL,
  reason TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  outcome INTEGER,
  resolved_by TEXT,
  resolve_time INTEGER,
  comment TEXT,
  corrected_prediction TEXT,
  timeout_default INTEGER,
  PRIMARY KEY (decision_sequence, level),
  CHECK ((outcome IS NULL) = (resolve_time IS NULL))
) STRICT, WITHOUT ROWID;

-- What makes calls safe to repeat that have no place of their own for it. kind: 4 AmendDecision, 5 AppealDecision.
CREATE TABLE request (
  principal TEXT NOT NULL,
  kind INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (principal, kind, request_id)
) STRICT, WITHOUT ROWID;

-- Reviewers who take no work. until: NULL for until further notice.
CREATE TABLE absence (
  principal TEXT PRIMARY KEY,
  until INTEGER
) STRICT, WITHOUT ROWID;
