SELECT decision_id, amendment, body AS earlier_body, subject FROM earlier_proposal
WHERE decision_id = ANY (:ids::text[])
ORDER BY decision_id, amendment
