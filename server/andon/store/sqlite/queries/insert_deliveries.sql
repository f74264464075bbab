INSERT INTO delivery (id, subscription, event, sequence, subject, time, state, next_time)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, 1, value ->> 6
FROM json_each(:rows) WHERE true
ON CONFLICT (subscription, sequence, subject, time) DO NOTHING
RETURNING id
