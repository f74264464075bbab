UPDATE decision SET
  input = '{}', prediction = '{}', reasoning = '', attributes = :attributes, subject = '',
  comment = CASE WHEN comment IS NOT NULL THEN '' END,
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END,
  erase_time = :now, data_key = NULL
WHERE id = :decision_id
