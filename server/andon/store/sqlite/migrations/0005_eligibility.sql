-- Whom the submitter acted for, who can't judge either, and the groups the submitter was in.
ALTER TABLE decision ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN submitter_groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE task ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';

DROP INDEX task_waiting;
CREATE INDEX task_waiting ON task (lane, rank, expire_time, id, submitter, on_behalf_of, create_time, state)
  WHERE state = 1;
