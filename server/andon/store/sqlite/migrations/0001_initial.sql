-- Times are microseconds since the epoch. JSON columns hold canonical JSON. States, kinds, routes and outcomes are the
-- numbers of the contract: task.state 1 WAITING, 2 LEASED, 3 REVIEWED, 4 EXPIRED, 5 CANCELLED.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('probe', 0);

CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What is filtered by comes first, what may be large last: a scan then reads no overflow pages.
CREATE TABLE decision (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  action TEXT NOT NULL,
  route INTEGER NOT NULL,
  outcome INTEGER,
  submitter TEXT NOT NULL,
  subject TEXT NOT NULL,
  confidence REAL NOT NULL,
  model_name TEXT NOT NULL,
  model_version TEXT NOT NULL,
  payload_hash TEXT NOT NULL,
  policy TEXT NOT NULL,
  revision TEXT NOT NULL,
  propensity REAL NOT NULL,
  threshold REAL,
  sampled INTEGER NOT NULL,
  coin_source TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  request_id TEXT,
  request_hash TEXT,
  resolved_by TEXT,
  resolve_time INTEGER,
  comment TEXT,
  corrected_prediction TEXT,
  reasons TEXT NOT NULL,
  attributes TEXT NOT NULL,
  prediction TEXT NOT NULL,
  input TEXT NOT NULL,
  reasoning TEXT NOT NULL,
  CHECK ((outcome IS NULL) = (resolve_time IS NULL))
) STRICT;

CREATE UNIQUE INDEX decision_request ON decision (submitter, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX decision_submitter ON decision (submitter);
CREATE INDEX decision_subject ON decision (subject) WHERE subject <> '';
CREATE INDEX decision_open ON decision (sequence) WHERE outcome IS NULL;

CREATE TABLE cancellation (
  principal TEXT NOT NULL,
  request_id TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  decision_id TEXT NOT NULL REFERENCES decision (id),
  PRIMARY KEY (principal, request_id)
) STRICT, WITHOUT ROWID;

-- A queue and the skills it takes. Tasks are handed out by looking at the head of each lane a reviewer is fit for.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  skills TEXT NOT NULL,
  UNIQUE (queue, skills)
) STRICT;

CREATE TABLE correction_schema (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL
) STRICT;

-- rank is the negative urgency, so that the order of handing out is ascending throughout: (rank, expire_time, id).
CREATE TABLE task (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  decision_sequence INTEGER NOT NULL REFERENCES decision (sequence),
  submitter TEXT NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  lane INTEGER NOT NULL REFERENCES lane (id),
  rank INTEGER NOT NULL,
  expire_time INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  aging_time INTEGER NOT NULL,
  escalation_lane INTEGER REFERENCES lane (id),
  escalation_deadline INTEGER,
  escalations INTEGER NOT NULL,
  schema INTEGER REFERENCES correction_schema (id),
  holder TEXT,
  token TEXT,
  lease_time INTEGER,
  lease_expire_time INTEGER,
  epoch INTEGER NOT NULL DEFAULT 0,
  first_lease_time INTEGER,
  CHECK ((state = 2) = (holder IS NOT NULL)),
  CHECK ((holder IS NULL) = (token IS NULL)),
  CHECK ((holder IS NULL) = (lease_expire_time IS NULL)),
  CHECK ((escalation_lane IS NULL) = (escalation_deadline IS NULL))
) STRICT;

CREATE INDEX task_waiting ON task (lane, rank, expire_time, id, submitter, create_time, state) WHERE state = 1;
CREATE INDEX task_due ON task (expire_time) WHERE state IN (1, 2);
CREATE INDEX task_leased ON task (lease_expire_time) WHERE state = 2;
CREATE INDEX task_held ON task (holder, lease_time) WHERE state = 2;
CREATE INDEX task_aging ON task (aging_time) WHERE state = 1 AND rank > -30;

-- queue and wait stand here as they were at the verdict, so that recent waits come from one index; what samples are
-- filtered, ordered and counted by stands here too, so that decisions are read for the answer alone.
CREATE TABLE review (
  sequence INTEGER PRIMARY KEY,
  task_id TEXT NOT NULL UNIQUE REFERENCES task (id),
  decision_sequence INTEGER NOT NULL REFERENCES decision (sequence),
  reviewer TEXT NOT NULL,
  verdict INTEGER NOT NULL,
  override INTEGER NOT NULL,
  saw_prediction INTEGER NOT NULL,
  time INTEGER NOT NULL,
  queue TEXT NOT NULL,
  wait INTEGER NOT NULL,
  action TEXT NOT NULL,
  model_name TEXT NOT NULL,
  model_version TEXT NOT NULL,
  confidence REAL NOT NULL,
  request_id TEXT,
  request_hash TEXT,
  comment TEXT NOT NULL,
  changed_fields TEXT NOT NULL,
  corrected_prediction TEXT
) STRICT;

CREATE UNIQUE INDEX review_request ON review (reviewer, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX review_wait ON review (queue, sequence, wait);
CREATE INDEX review_group ON review (action, time, model_name, model_version, verdict, override);

-- Labels since the last retrain event of an action and model version.
CREATE TABLE label_round (
  action TEXT NOT NULL,
  model_name TEXT NOT NULL,
  model_version TEXT NOT NULL,
  labels INTEGER NOT NULL,
  rounds INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (action, model_name, model_version)
) STRICT, WITHOUT ROWID;

-- Append-only and hash-chained; see andon.store.ledger. The triggers stop mistakes, the chain shows intent.
CREATE TABLE ledger (
  sequence INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
