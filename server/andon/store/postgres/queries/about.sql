-- A decision `d` about one of the subjects, now or before an amendment. The words of the partial indexes are said again.
d.id IN (
  SELECT s.id FROM decision s WHERE s.subject = ANY (:subjects::text[]) AND s.subject <> ''
  UNION
  SELECT e.decision_id FROM earlier_proposal e WHERE e.subject = ANY (:subjects::text[]) AND e.subject <> ''
)
