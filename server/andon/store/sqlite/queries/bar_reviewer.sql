-- Whoever has judged a decision is not handed a task of it any more.
INSERT INTO barred (decision_sequence, principal, why) VALUES (:decision_sequence, :reviewer, 1)
ON CONFLICT (decision_sequence, principal) DO UPDATE SET why = excluded.why
