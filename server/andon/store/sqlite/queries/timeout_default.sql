iif(
  json_extract(w.body, '$$.on_timeout') = 2 AND (
    d.revision <> :revision OR json_extract(d.attributes, '$$.irreversible') OR EXISTS (
      SELECT 1 FROM review r
      WHERE r.decision_sequence = t.decision_sequence AND r.level = t.level AND r.verdict <> $APPROVE
    )
  ),
  1,
  json_extract(w.body, '$$.on_timeout')
)
