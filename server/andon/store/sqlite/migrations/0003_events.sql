-- What happened to a decision after it was submitted. Submissions are left out, so that they don't pay for it: what the
-- ledger says of one can be told from the decision.
CREATE INDEX ledger_decision ON ledger (decision_id) WHERE decision_id <> '' AND kind <> 'decision.submitted';
