UPDATE appeal SET reason = :reason, comment = :comment::varchar, corrected_prediction = :corrected_prediction
WHERE decision_id = :decision_id AND level = :level
