-- Notifications. The ledger is the outbox; here is how far each subscription has come in it, and what is on its way.

-- quiet_until: before that moment nothing is sent to it, where it wants pauses.
CREATE TABLE subscription (
  name TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,
  quiet_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- state 1 PENDING, 2 DELIVERED, 3 DEAD. token: of whoever sends it just now, and then next_time is until when.
CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  subscription TEXT NOT NULL,
  event TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  subject TEXT NOT NULL,
  time INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_time INTEGER,
  error TEXT NOT NULL DEFAULT '',
  settle_time INTEGER,
  token TEXT,
  UNIQUE (subscription, sequence, subject, time),
  CHECK ((state = 1) = (next_time IS NOT NULL)),
  CHECK ((state = 1) = (settle_time IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_due ON delivery (subscription, next_time, id) WHERE state = 1;
CREATE INDEX delivery_missed ON delivery (subscription, state, time, id) WHERE state <> 2;
CREATE INDEX delivery_arrived ON delivery (settle_time) WHERE state = 2;
CREATE INDEX delivery_time ON delivery (time);
