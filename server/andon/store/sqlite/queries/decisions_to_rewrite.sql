SELECT id, subject, attributes, prediction, input, reasoning, comment, corrected_prediction, data_key, erase_time
FROM decision WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id
