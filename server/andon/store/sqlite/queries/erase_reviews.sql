UPDATE review SET
  request_hash = CASE WHEN request_hash IS NOT NULL THEN '' END, comment = '', changed_fields = '[]',
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END
WHERE decision_sequence IN (SELECT value FROM json_each(:sequences))
