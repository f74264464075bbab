-- What the policies called sensitive of a decision when it was routed, in canonical JSON. NULL: nothing.
ALTER TABLE decision ADD COLUMN sensitive TEXT;

-- The keys that contents are encrypted with where the store is encrypted: one for each subject, and one for what is about
-- none (''). subject: its keyed hash. wrapped: the key, encrypted with the store's. Who destroys one destroys all copies
-- of what was encrypted with it, and leaves a proof that only who has the store's key can make.
CREATE TABLE subject_key (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL UNIQUE,
  wrapped TEXT NOT NULL,
  create_time INTEGER NOT NULL
) STRICT;
CREATE TABLE destroyed_key (
  id INTEGER PRIMARY KEY,
  proof TEXT NOT NULL
) STRICT;

-- When the personal data of a decision was erased, and the key its contents are encrypted with.
ALTER TABLE decision ADD COLUMN erase_time INTEGER;
ALTER TABLE decision ADD COLUMN data_key INTEGER REFERENCES subject_key (id);
CREATE INDEX decision_data_key ON decision (data_key) WHERE data_key IS NOT NULL;

-- Whom an earlier proposal was about, as decisions say it, and the key it is encrypted with.
ALTER TABLE earlier_proposal ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE earlier_proposal ADD COLUMN data_key INTEGER REFERENCES subject_key (id);
UPDATE earlier_proposal SET subject = coalesce(json_extract(body, '$.attributes.subject'), '');
CREATE INDEX earlier_proposal_subject ON earlier_proposal (subject) WHERE subject <> '';
CREATE INDEX earlier_proposal_data_key ON earlier_proposal (data_key) WHERE data_key IS NOT NULL;

-- What calls are known by is erased with the words that it was made of.
CREATE INDEX request_subject ON request (subject);
CREATE INDEX cancellation_decision ON cancellation (decision_id);

-- What may not be erased or retired, by exactly one of decision_id, subject and action (a pattern); the others are empty.
CREATE TABLE legal_hold (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  decision_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  principal TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  release_time INTEGER
) STRICT;
CREATE INDEX legal_hold_in_force ON legal_hold (decision_id, subject, action) WHERE release_time IS NULL;

-- Words of people, beside the ledger's entries whose bodies hold their salted hash; see andon.domain.words. decision_id:
-- whose erasure removes them, '' where none does. Plain ones can be encrypted.
CREATE TABLE ledger_words (
  sequence INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_words_of ON ledger_words (decision_id) WHERE decision_id <> '';
CREATE TRIGGER ledger_words_no_update BEFORE UPDATE ON ledger_words
WHEN new.words NOT LIKE 'sealed.%' OR old.words LIKE 'sealed.%'
  OR (new.sequence, new.decision_id) IS NOT (old.sequence, old.decision_id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_words_no_delete BEFORE DELETE ON ledger_words WHEN old.decision_id = ''
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
