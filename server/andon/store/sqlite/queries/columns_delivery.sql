id, subscription, event, sequence, subject, time, state, attempts, next_time, error, settle_time
