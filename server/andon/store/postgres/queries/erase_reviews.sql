UPDATE review SET
  comment = '', changed_fields = '[]',
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END,
  shown = CASE WHEN shown IS NOT NULL
    THEN json_build_object('digest', shown::json -> 'digest', 'opened', '[]'::json, 'unopened', '[]'::json)::text END
WHERE decision_id = ANY (:ids::text[])
