UPDATE appeal SET reason = :reason, comment = :comment, corrected_prediction = :corrected_prediction
WHERE decision_sequence = :decision_sequence AND level = :level
