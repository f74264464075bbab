UPDATE task SET note = '' WHERE decision_id = ANY (:ids::text[]) AND note <> ''
