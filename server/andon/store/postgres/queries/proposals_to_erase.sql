SELECT decision_id, amendment, body AS earlier_body FROM earlier_proposal WHERE decision_id = ANY (:ids::text[])
