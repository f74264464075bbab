-- How a policy wants its decisions shown, as canonical JSON; each is stored once. Tasks made before have none. `reads`
-- tells what of a decision's payload the effect's sentence needs: 1 input, 2 prediction, 4 reasoning, added up.
CREATE TABLE presentation (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL UNIQUE,
  reads INTEGER NOT NULL
) STRICT;

ALTER TABLE task ADD COLUMN presentation INTEGER REFERENCES presentation (id);

-- What the reviewer's client said it showed: digest, opened and unopened as canonical JSON, and how long the task was in
-- view (µs). Both NULL where it said nothing; view_time alone where it did not measure.
ALTER TABLE review ADD COLUMN shown TEXT;
ALTER TABLE review ADD COLUMN view_time INTEGER CHECK (view_time >= 0);
