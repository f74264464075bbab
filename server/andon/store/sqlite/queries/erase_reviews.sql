UPDATE review SET
  comment = '', changed_fields = '[]',
  corrected_prediction = CASE WHEN corrected_prediction IS NOT NULL THEN '{}' END,
  shown = CASE WHEN shown IS NOT NULL
    THEN json_object('digest', shown ->> 'digest', 'opened', json('[]'), 'unopened', json('[]')) END
WHERE decision_sequence IN (SELECT value FROM json_each(:sequences))
