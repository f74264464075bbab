-- What binds the receipts of a decision, in canonical JSON. NULL: nothing beside what holds by default.
ALTER TABLE decision ADD COLUMN receipt TEXT;

-- How many decisions of each submitter wait for people.
CREATE INDEX decision_open_of ON decision (submitter, outcome) WHERE outcome IS NULL;

-- That the resolution of a decision was used up, the one time its policy allows.
CREATE TABLE redemption (
  decision_sequence INTEGER PRIMARY KEY REFERENCES decision (sequence),
  redeemer TEXT NOT NULL,
  request_id TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;

-- Signed statements of how many entries the ledger has. frontier: the roots of the complete subtrees (RFC 6962), largest
-- first, 32 bytes each, from which the tree grows on; head: the hash of the last entry covered.
CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  head TEXT NOT NULL,
  frontier BLOB NOT NULL,
  note TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
