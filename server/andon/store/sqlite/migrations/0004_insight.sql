-- What queues and reviewers did, over time. Only held decisions have tasks: what passes pays for none of this.

-- Since when a task is in its lane, where it was first leased, and when it ended.
ALTER TABLE task ADD COLUMN enter_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN first_lease_lane INTEGER REFERENCES lane (id);
ALTER TABLE task ADD COLUMN close_time INTEGER;

-- A task's time in a lane that it has left by escalation.
CREATE TABLE stay (
  lane INTEGER NOT NULL REFERENCES lane (id),
  enter_time INTEGER NOT NULL,
  leave_time INTEGER NOT NULL
) STRICT;

CREATE TRIGGER task_leaves_lane AFTER UPDATE OF lane ON task WHEN old.lane <> new.lane
BEGIN
  INSERT INTO stay (lane, enter_time, leave_time)
  VALUES (old.lane, old.enter_time, new.enter_time);
END;

-- Where an escalated task was first leased, nobody knows any more: its wait counts nowhere.
UPDATE task SET enter_time = create_time,
  first_lease_lane = CASE WHEN first_lease_time IS NOT NULL AND escalations = 0 THEN lane END;
UPDATE task SET close_time = (SELECT d.resolve_time FROM decision d WHERE d.sequence = task.decision_sequence)
WHERE state NOT IN (1, 2);

CREATE INDEX task_entered ON task (enter_time, lane);
CREATE INDEX task_closed ON task (close_time, lane) WHERE close_time IS NOT NULL;
CREATE INDEX task_first_leased ON task (first_lease_time, first_lease_lane, create_time)
  WHERE first_lease_time IS NOT NULL;
CREATE INDEX stay_entered ON stay (enter_time, lane);
CREATE INDEX stay_left ON stay (leave_time, lane);
CREATE INDEX review_activity ON review (time, reviewer, verdict, override, view_time);
