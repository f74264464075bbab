-- A decision `d` about one of the subjects, now or before an amendment. The words of the partial indexes are said again.
d.sequence IN (
  SELECT s.sequence FROM decision s WHERE s.subject IN (SELECT value FROM json_each(:subjects)) AND s.subject <> ''
  UNION
  SELECT e.decision_sequence FROM earlier_proposal e
  WHERE e.subject IN (SELECT value FROM json_each(:subjects)) AND e.subject <> ''
)
