-- Times are microseconds since the epoch. JSON columns hold canonical JSON as text, byte for byte as it was hashed.
-- States, kinds, routes and outcomes are the numbers of the contract: task.state 1 WAITING, 2 LEASED, 3 REVIEWED,
-- 4 EXPIRED, 5 CANCELLED. Ids are UUIDv7, so they ascend with time: text in byte order, by which the log is cut.

-- Columns of callers' free words are varchar: PostgreSQL's text knows no U+0000, so our connections write U+0010 for it,
-- and the digit 0 behind; a U+0010 itself is doubled. All others are text.

-- What is numbered without gaps, each by one row: who counts holds it until the commit, so numbers become visible in
-- their order. `hash` is the ledger's last. Whoever takes several takes them in the order of their names.
CREATE TABLE head (
  name text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL,
  hash text NOT NULL DEFAULT ''
);
INSERT INTO head (name, value, hash) VALUES
  ('a_decision', 0, ''), ('b_review', 0, ''), ('c_ledger', 0, repeat('0', 64)), ('keys_destroyed', 0, ''),
  ('probe', 0, '');

CREATE TABLE secret (
  name text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL
);

-- The keys that contents are encrypted with where the store is encrypted: one for each subject, and one for what is about
-- none (''). subject: its keyed hash. wrapped: the key, encrypted with the store's. Who destroys one destroys all copies
-- of what was encrypted with it, and leaves a proof that only who has the store's key can make.
CREATE TABLE subject_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text COLLATE "C" NOT NULL UNIQUE,
  wrapped text COLLATE "C" NOT NULL,
  create_time bigint NOT NULL
);
CREATE TABLE destroyed_key (
  id bigint PRIMARY KEY,
  proof text COLLATE "C" NOT NULL
);

CREATE TABLE decision (
  id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  action text COLLATE "C" NOT NULL,
  route smallint NOT NULL,
  outcome smallint,
  submitter text COLLATE "C" NOT NULL,
  subject varchar COLLATE "C" NOT NULL,
  confidence double precision NOT NULL,
  model_name varchar COLLATE "C" NOT NULL,
  model_version varchar COLLATE "C" NOT NULL,
  payload_hash text COLLATE "C" NOT NULL,
  policy text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  propensity double precision NOT NULL,
  threshold double precision,
  sampled boolean NOT NULL,
  coin_source text COLLATE "C" NOT NULL,
  create_time bigint NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  resolved_by text COLLATE "C",
  resolve_time bigint,
  comment varchar,
  corrected_prediction text,
  reasons text NOT NULL,
  attributes text NOT NULL,
  prediction text NOT NULL,
  input text NOT NULL,
  reasoning varchar NOT NULL,
  on_behalf_of varchar COLLATE "C" NOT NULL,
  submitter_groups text NOT NULL,
  timeout_default smallint, -- 1 REJECT, 2 APPROVE
  supersedes text COLLATE "C" NOT NULL DEFAULT '', -- ids of decisions
  superseded_by text COLLATE "C" NOT NULL DEFAULT '',
  amendments integer NOT NULL DEFAULT 0,
  appeals integer NOT NULL DEFAULT 0,
  receipt text, -- canonical JSON; NULL: nothing beside what holds by default
  sensitive text, -- canonical JSON; NULL: nothing
  erase_time bigint, -- of its personal data
  data_key bigint REFERENCES subject_key (id),
  PRIMARY KEY (id),
  CHECK ((outcome IS NULL) = (resolve_time IS NULL))
) PARTITION BY RANGE (id);
CREATE TABLE decision_rest PARTITION OF decision DEFAULT;

CREATE INDEX decision_sequence ON decision (sequence);
CREATE INDEX decision_submitter ON decision (submitter, sequence);
CREATE INDEX decision_subject ON decision (subject, sequence) WHERE subject <> '';
CREATE INDEX decision_open ON decision (sequence) WHERE outcome IS NULL;
CREATE INDEX decision_open_of ON decision (submitter) WHERE outcome IS NULL;
CREATE INDEX decision_data_key ON decision (data_key) WHERE data_key IS NOT NULL;

-- What makes calls safe to repeat. Apart from the decisions, because it must be unique over all of the log's parts.
CREATE TABLE request (
  principal text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  kind smallint NOT NULL, -- 1 Submit, 2 Review, 3 CancelDecision, 4 AmendDecision, 5 AppealDecision, 6 ExtendDeadline
  hash text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL, -- id of the decision, or of the task that was reviewed, given time or opened
  time bigint NOT NULL,
  PRIMARY KEY (principal, kind, request_id)
);
-- What calls are known by is erased with the words that it was made of.
CREATE INDEX request_subject ON request (subject) WHERE kind <> 1;
-- For retention alone: it costs next to nothing to keep.
CREATE INDEX request_time ON request USING brin (time);

-- A queue and the skills it takes. Tasks are handed out by looking at the head of each lane a reviewer is fit for.
-- `skills` is canonical JSON; a word in it with an @ before it is the group whose members alone are asked. `skill_set`
-- and `reviewer_group` (empty: anybody) are the same to compare with.
CREATE TABLE lane (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text COLLATE "C" NOT NULL,
  skills text COLLATE "C" NOT NULL,
  skill_set text[] COLLATE "C" NOT NULL,
  reviewer_group text COLLATE "C" NOT NULL,
  UNIQUE (queue, skills)
);

CREATE TABLE correction_schema (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text COLLATE "C" NOT NULL UNIQUE,
  body text NOT NULL
);

-- `reads` tells what of a decision's payload the effect's sentence needs: 1 input, 2 prediction, 4 reasoning, added up.
CREATE TABLE presentation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text COLLATE "C" NOT NULL UNIQUE,
  body text NOT NULL,
  reads smallint NOT NULL
);

-- What a policy says of the work on a decision beside queue, skills and deadline.
CREATE TABLE work_plan (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text COLLATE "C" NOT NULL UNIQUE,
  body text NOT NULL
);

-- level: 0 for the decision itself, else which appeal. term: what the seat counts for; see andon.domain.plan. climb_time:
-- when the next rung of the plan's ladder is due.
-- rank is the negative urgency, so that the order of handing out is ascending throughout: (rank, expire_time, id).
-- enter_time: since when it is in its lane; first_lease_lane: where it was first leased; close_time: when it ended.
CREATE TABLE task (
  id text COLLATE "C" PRIMARY KEY,
  decision_id text COLLATE "C" NOT NULL,
  submitter text COLLATE "C" NOT NULL,
  kind smallint NOT NULL,
  state smallint NOT NULL,
  lane bigint NOT NULL REFERENCES lane (id),
  rank integer NOT NULL,
  expire_time bigint NOT NULL,
  create_time bigint NOT NULL,
  aging_time bigint NOT NULL,
  enter_time bigint NOT NULL,
  escalation_lane bigint REFERENCES lane (id),
  escalation_deadline bigint,
  escalations integer NOT NULL,
  schema bigint REFERENCES correction_schema (id),
  presentation bigint REFERENCES presentation (id),
  on_behalf_of varchar COLLATE "C" NOT NULL,
  holder text COLLATE "C",
  token text COLLATE "C",
  lease_time bigint,
  lease_expire_time bigint,
  epoch integer NOT NULL DEFAULT 0,
  first_lease_time bigint,
  first_lease_lane bigint,
  close_time bigint,
  level smallint NOT NULL DEFAULT 0,
  term smallint NOT NULL DEFAULT 0,
  plan bigint REFERENCES work_plan (id),
  rung integer NOT NULL DEFAULT 0,
  climb_time bigint,
  extensions integer NOT NULL DEFAULT 0,
  note varchar NOT NULL DEFAULT '',
  CHECK ((state = 2) = (holder IS NOT NULL)),
  CHECK ((holder IS NULL) = (token IS NULL)),
  CHECK ((holder IS NULL) = (lease_expire_time IS NULL)),
  CHECK ((escalation_lane IS NULL) = (escalation_deadline IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX task_decision ON task (decision_id, level);
CREATE INDEX task_climbing ON task (climb_time) WHERE state IN (1, 2) AND climb_time IS NOT NULL;
-- Nobody holds two seats of one decision.
CREATE UNIQUE INDEX task_seat ON task (holder, decision_id) WHERE state = 2;
CREATE INDEX task_waiting ON task (lane, rank, expire_time, id) INCLUDE (submitter, on_behalf_of, decision_id, create_time) WHERE state = 1;
CREATE INDEX task_due ON task (expire_time) WHERE state IN (1, 2);
CREATE INDEX task_leased ON task (lease_expire_time) WHERE state = 2;
CREATE INDEX task_held ON task (holder, lease_time) WHERE state = 2;
CREATE INDEX task_aging ON task (aging_time) WHERE state = 1 AND rank > -30;
CREATE INDEX task_entered ON task (enter_time, lane);
CREATE INDEX task_closed ON task (close_time, lane) WHERE close_time IS NOT NULL;
CREATE INDEX task_first_leased ON task (first_lease_time, first_lease_lane, create_time)
  WHERE first_lease_time IS NOT NULL;

-- A task's time in a lane that it has left by escalation.
CREATE TABLE stay (
  lane bigint NOT NULL REFERENCES lane (id),
  enter_time bigint NOT NULL,
  leave_time bigint NOT NULL
);
CREATE INDEX stay_entered ON stay (enter_time, lane);
CREATE INDEX stay_left ON stay (leave_time, lane);

CREATE FUNCTION task_leaves_lane() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF (SELECT queue FROM lane WHERE id = old.lane) <> (SELECT queue FROM lane WHERE id = new.lane) THEN
    INSERT INTO stay (lane, enter_time, leave_time) VALUES (old.lane, old.enter_time, new.enter_time);
  END IF;
  RETURN NULL;
END
$body$;
CREATE TRIGGER task_leaves_lane AFTER UPDATE OF lane ON task
  FOR EACH ROW WHEN (old.lane <> new.lane) EXECUTE FUNCTION task_leaves_lane();

-- Who is not handed a decision's tasks any more. why: 1 judged it, 2 passed on it, 3 appealed.
CREATE TABLE barred (
  decision_id text COLLATE "C" NOT NULL,
  principal text COLLATE "C" NOT NULL,
  why smallint NOT NULL,
  PRIMARY KEY (decision_id, principal)
);

-- What a decision proposed before it was amended. amendment counts from 1.
CREATE TABLE earlier_proposal (
  decision_id text COLLATE "C" NOT NULL,
  amendment integer NOT NULL,
  time bigint NOT NULL,
  payload_hash text COLLATE "C" NOT NULL,
  body text NOT NULL,
  subject varchar COLLATE "C" NOT NULL, -- whom it was about
  data_key bigint REFERENCES subject_key (id),
  PRIMARY KEY (decision_id, amendment)
);
CREATE INDEX earlier_proposal_subject ON earlier_proposal (subject) WHERE subject <> '';
CREATE INDEX earlier_proposal_data_key ON earlier_proposal (data_key) WHERE data_key IS NOT NULL;

CREATE TABLE appeal (
  decision_id text COLLATE "C" NOT NULL,
  level integer NOT NULL,
  appellant text COLLATE "C" NOT NULL,
  reason varchar NOT NULL,
  create_time bigint NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  outcome smallint,
  resolved_by text COLLATE "C",
  resolve_time bigint,
  comment varchar,
  corrected_prediction text,
  timeout_default smallint,
  PRIMARY KEY (decision_id, level),
  CHECK ((outcome IS NULL) = (resolve_time IS NULL))
);

-- That the resolution of a decision was used up, the one time its policy allows.
CREATE TABLE redemption (
  decision_id text COLLATE "C" PRIMARY KEY,
  redeemer text COLLATE "C" NOT NULL,
  request_id varchar NOT NULL,
  time bigint NOT NULL
);

-- What may not be erased or retired, by exactly one of decision_id, subject and action (a pattern); the others are empty.
CREATE TABLE legal_hold (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  decision_id text COLLATE "C" NOT NULL,
  subject varchar COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  reason varchar NOT NULL,
  principal text COLLATE "C" NOT NULL,
  create_time bigint NOT NULL,
  release_time bigint
);
CREATE INDEX legal_hold_in_force ON legal_hold (decision_id, subject, action) WHERE release_time IS NULL;

-- Signed statements of how many entries the ledger has. frontier: the roots of the complete subtrees (RFC 6962), largest
-- first, 32 bytes each, from which the tree grows on; head: the hash of the last entry covered.
CREATE TABLE checkpoint (
  size bigint PRIMARY KEY,
  head text COLLATE "C" NOT NULL,
  frontier bytea NOT NULL,
  note text NOT NULL,
  time bigint NOT NULL
);

-- Reviewers who take no work. until: NULL for until further notice.
CREATE TABLE absence (
  principal text COLLATE "C" PRIMARY KEY,
  until bigint
);

-- queue and wait stand here as they were at the verdict; so does what samples are filtered, ordered and counted by.
CREATE TABLE review (
  sequence bigint PRIMARY KEY,
  task_id text COLLATE "C" NOT NULL UNIQUE REFERENCES task (id),
  decision_id text COLLATE "C" NOT NULL,
  reviewer text COLLATE "C" NOT NULL,
  verdict smallint NOT NULL,
  override boolean NOT NULL,
  saw_prediction boolean NOT NULL,
  time bigint NOT NULL,
  queue text COLLATE "C" NOT NULL,
  wait bigint NOT NULL,
  action text COLLATE "C" NOT NULL,
  model_name varchar COLLATE "C" NOT NULL,
  model_version varchar COLLATE "C" NOT NULL,
  confidence double precision NOT NULL,
  comment varchar NOT NULL,
  changed_fields text NOT NULL,
  corrected_prediction text,
  shown text,
  view_time bigint CHECK (view_time >= 0),
  level smallint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX review_once ON review (decision_id, reviewer);
CREATE INDEX review_wait ON review (queue, sequence, wait);
CREATE INDEX review_group ON review (action, time, model_name, model_version, verdict, override, level);
CREATE INDEX review_activity ON review (time, reviewer, verdict, override, view_time);

-- Labels since the last retrain event of an action and model version.
CREATE TABLE label_round (
  action text COLLATE "C" NOT NULL,
  model_name varchar COLLATE "C" NOT NULL,
  model_version varchar COLLATE "C" NOT NULL,
  labels bigint NOT NULL,
  rounds bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (action, model_name, model_version)
);

-- Append-only and hash-chained; see andon.store.ledger. The triggers stop mistakes, the chain shows intent.
CREATE TABLE ledger (
  sequence bigint PRIMARY KEY,
  time bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  body_hash text COLLATE "C" NOT NULL,
  previous text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  body text NOT NULL
);
-- Submissions are left out, so that they don't pay for it: what the ledger says of one can be told from the decision.
CREATE INDEX ledger_decision ON ledger (decision_id, sequence)
  WHERE decision_id <> '' AND kind <> 'decision.submitted';

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only';
END
$body$;
CREATE TRIGGER ledger_is_append_only BEFORE DELETE ON ledger
  FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_is_not_edited BEFORE UPDATE ON ledger
  FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

-- Words of people, beside the entries whose bodies hold their salted hash; see andon.domain.words. decision_id: whose
-- erasure removes them, '' where none does. Plain ones can be encrypted.
CREATE TABLE ledger_words (
  sequence bigint PRIMARY KEY,
  decision_id text COLLATE "C" NOT NULL,
  words text NOT NULL
);
CREATE INDEX ledger_words_of ON ledger_words (decision_id) WHERE decision_id <> '';
CREATE TRIGGER ledger_words_are_not_edited BEFORE UPDATE ON ledger_words
  FOR EACH ROW WHEN (new.words NOT LIKE 'sealed.%' OR old.words LIKE 'sealed.%'
    OR (new.sequence, new.decision_id) IS DISTINCT FROM (old.sequence, old.decision_id)) EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_words_are_not_removed BEFORE DELETE ON ledger_words
  FOR EACH ROW WHEN (old.decision_id = '') EXECUTE FUNCTION ledger_is_append_only();

-- Gives entries their places in the chain and tells all servers, by the
-- name of the one that made them, where they are about tasks. `fronts` and `backs` are what stands in the hashed
-- text before the hash of the entry before and behind the sequence; see andon.store.ledger. `words_beside`: those of the
-- first of them, '' where one has none; NULL where none has. The lock on the head is held until the commit: call it last.
CREATE FUNCTION append_entries(
  times bigint[], kinds text[], actors text[], decision_ids text[], task_ids text[], body_hashes text[],
  bodies text[], words_beside text[], fronts text[], backs text[]
) RETURNS TABLE (entry_sequence bigint, entry_previous text, entry_hash text) LANGUAGE plpgsql AS $body$
DECLARE
  last head%ROWTYPE;
BEGIN
  SELECT * INTO STRICT last FROM head WHERE name = 'c_ledger' FOR UPDATE;
  FOR place IN 1 .. cardinality(times) LOOP
    entry_previous := last.hash;
    last.value := last.value + 1;
    last.hash := encode(sha256(convert_to(
      fronts[place] || entry_previous || '","sequence":' || last.value || backs[place], 'UTF8')), 'hex');
    INSERT INTO ledger (sequence, time, kind, actor, decision_id, task_id, body_hash, previous, hash, body)
    VALUES (last.value, times[place], kinds[place], actors[place], decision_ids[place], task_ids[place],
      body_hashes[place], entry_previous, last.hash, bodies[place]);
    entry_sequence := last.value;
    entry_hash := last.hash;
    RETURN NEXT;
  END LOOP;
  UPDATE head SET value = last.value, hash = last.hash WHERE name = 'c_ledger';
  IF words_beside IS NOT NULL THEN
    INSERT INTO ledger_words (sequence, decision_id, words)
    SELECT last.value - cardinality(times) + place,
      CASE WHEN kinds[place] = 'decision.erased' THEN '' ELSE decision_ids[place] END, words_beside[place]
    FROM generate_subscripts(words_beside, 1) AS place
    WHERE words_beside[place] <> '';
  END IF;
  IF EXISTS (SELECT FROM unnest(task_ids) AS t (id) WHERE t.id <> '') THEN
    PERFORM pg_notify('andon', current_setting('application_name'));
  END IF;
END
$body$;

-- Who hears of others' changes reads on from the entry it knows: those that are about tasks.
CREATE INDEX ledger_of_tasks ON ledger (sequence) WHERE task_id <> '';

-- Which server does the background duties, and until when. The epoch counts the changes of leader.
CREATE TABLE leadership (
  name text COLLATE "C" PRIMARY KEY,
  server text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  until bigint NOT NULL
);

-- Notifications. The ledger is the outbox; here is how far each subscription has come in it, and what is on its way.
-- quiet_until: before that moment nothing is sent to it, where it wants pauses.
CREATE TABLE subscription (
  name text COLLATE "C" PRIMARY KEY,
  cursor bigint NOT NULL,
  quiet_until bigint NOT NULL DEFAULT 0
);

-- state 1 PENDING, 2 DELIVERED, 3 DEAD. token: of whoever sends it just now, and then next_time is until when.
CREATE TABLE delivery (
  id text COLLATE "C" PRIMARY KEY,
  subscription text COLLATE "C" NOT NULL,
  event text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  subject text COLLATE "C" NOT NULL,
  time bigint NOT NULL,
  state smallint NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_time bigint,
  error text NOT NULL DEFAULT '',
  settle_time bigint,
  token text COLLATE "C",
  UNIQUE (subscription, sequence, subject, time),
  CHECK ((state = 1) = (next_time IS NOT NULL)),
  CHECK ((state = 1) = (settle_time IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX delivery_due ON delivery (subscription, next_time, id) WHERE state = 1;
CREATE INDEX delivery_missed ON delivery (subscription, state, time, id) WHERE state <> 2;
CREATE INDEX delivery_arrived ON delivery (settle_time) WHERE state = 2;
CREATE INDEX delivery_time ON delivery (time);

-- What people say is not sampled: the database's statistics would hold it after its erasure.
ALTER TABLE decision
  ALTER COLUMN subject SET STATISTICS 0,
  ALTER COLUMN attributes SET STATISTICS 0,
  ALTER COLUMN prediction SET STATISTICS 0,
  ALTER COLUMN input SET STATISTICS 0,
  ALTER COLUMN reasoning SET STATISTICS 0,
  ALTER COLUMN comment SET STATISTICS 0,
  ALTER COLUMN corrected_prediction SET STATISTICS 0;
ALTER TABLE task
  ALTER COLUMN note SET STATISTICS 0;
ALTER TABLE review
  ALTER COLUMN comment SET STATISTICS 0,
  ALTER COLUMN changed_fields SET STATISTICS 0,
  ALTER COLUMN corrected_prediction SET STATISTICS 0,
  ALTER COLUMN shown SET STATISTICS 0;
ALTER TABLE appeal
  ALTER COLUMN reason SET STATISTICS 0,
  ALTER COLUMN comment SET STATISTICS 0,
  ALTER COLUMN corrected_prediction SET STATISTICS 0;
ALTER TABLE earlier_proposal
  ALTER COLUMN body SET STATISTICS 0,
  ALTER COLUMN subject SET STATISTICS 0;
ALTER TABLE legal_hold
  ALTER COLUMN subject SET STATISTICS 0,
  ALTER COLUMN reason SET STATISTICS 0;
ALTER TABLE ledger_words
  ALTER COLUMN words SET STATISTICS 0;
ALTER TABLE request
  ALTER COLUMN hash SET STATISTICS 0;
