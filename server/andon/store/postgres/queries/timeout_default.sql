CASE
  WHEN w.body::json ->> 'on_timeout' = '2' AND (
    d.revision <> :revision OR replace(d.attributes, '\u0000', '\u0001')::json ->> 'irreversible' = 'true' OR EXISTS (
      SELECT FROM review r WHERE r.decision_id = t.decision_id AND r.level = t.level AND r.verdict <> $APPROVE
    )
  ) THEN 1
  ELSE (w.body::json ->> 'on_timeout')::smallint
END
