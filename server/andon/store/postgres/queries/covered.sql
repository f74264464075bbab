AND (:covered::text[] IS NULL OR (
    SELECT d.action = ANY (:covered)
      OR EXISTS (SELECT FROM unnest(:covered_begun::text[]) AS p (value) WHERE starts_with(d.action, p.value))
    FROM decision d WHERE d.id = q.decision_id
  ))
