UPDATE appeal SET
  reason = '', comment = CASE WHEN comment IS NOT NULL THEN '' END,
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END
WHERE decision_id = ANY (:ids::text[])
