SELECT id, subject, attributes, prediction, input, reasoning, comment, corrected_prediction, data_key, erase_time
FROM decision WHERE id = ANY (:ids::text[]) ORDER BY id
