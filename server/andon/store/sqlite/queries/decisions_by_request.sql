SELECT d.submitter, d.request_id, d.request_hash, $columns_decision
FROM json_each(:keys) j CROSS JOIN $from_decision
WHERE d.submitter = json_extract(j.value, '$$[0]') AND d.request_id = json_extract(j.value, '$$[1]')
