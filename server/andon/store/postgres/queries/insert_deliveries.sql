INSERT INTO delivery (id, subscription, event, sequence, subject, time, state, next_time)
SELECT i, s, e, n, j, t, 1, d
FROM unnest(:ids::text[], :subscriptions::text[], :events::text[], :sequences::bigint[], :subjects::text[],
  :times::bigint[], :due::bigint[]) AS u (i, s, e, n, j, t, d)
ON CONFLICT (subscription, sequence, subject, time) DO NOTHING
RETURNING id
