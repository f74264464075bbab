UPDATE decision SET
  subject = :subject, attributes = :attributes, prediction = :prediction, input = :input, reasoning = :reasoning,
  comment = :comment, corrected_prediction = :corrected_prediction, data_key = :data_key
WHERE id = :id
