SELECT count(*) FROM legal_hold h WHERE h.id <> '' $filter
