INSERT INTO leadership (name, server, epoch, until) VALUES ('duties', :server, 1, :until)
ON CONFLICT (name) DO UPDATE SET
  epoch = leadership.epoch + (leadership.server <> excluded.server)::integer,
  server = excluded.server,
  until = excluded.until
WHERE leadership.server = excluded.server OR leadership.until <= :now
RETURNING epoch
