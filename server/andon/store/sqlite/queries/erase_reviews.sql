UPDATE review SET
  comment = '', changed_fields = '[]',
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END
WHERE decision_sequence IN (SELECT value FROM json_each(:sequences))
